# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ssh, sshpass, paramiko and Ansible say when there is no connection to a board.

The formats of OpenSSH are those of 7.2 (Ubuntu 16.04) to 10.5. {who} and {Who} are the board or a jump host; {address}, {login}, {key} and {known_hosts}
are where its address, its user, the key for it and its own keys are set. tests/unit/fixtures/failures has the texts.
"""

from __future__ import annotations

from ansible_collections.jetfleet.protobuf.plugins.plugin_utils._results.symptom import Symptom

_ALGORITHMS = {
    "host key type": "HostKeyAlgorithms",
    "key exchange method": "KexAlgorithms",
    "cipher": "Ciphers",
    "MAC": "MACs",
}
HOST_KEY = ("host_key_changed", "host_key_revoked", "host_key_unknown", "host_key_refused")

# In this order: what stops a connection early comes first, and a cause before its consequences.
CONNECTION: tuple[Symptom, ...] = (
    Symptom(
        "no_ssh",
        r"Unable to execute ssh command line on a controller due to: (?P<reason>.+)",
        "The controller cannot start ssh ({reason})",
        "install the package openssh-client there, or correct ansible_ssh_executable",
    ),
    Symptom(
        "no_sshpass",
        r"you must install the sshpass program",
        "ssh on the controller cannot be given a password",
        "install the package sshpass there, or log in with a key",
    ),
    Symptom(
        "no_paramiko",
        r"^paramiko is not installed",
        "The controller has no paramiko for the connection that ansible_connection asks for",
        "install paramiko for the Python of Ansible, or set ansible_connection to ssh",
    ),
    Symptom(
        "ssh_configuration",
        r"^(?P<said>\S+(?:: | )line \d+: (?:Bad configuration option|Bad |Unsupported|Missing|keyword |no argument).*"
        r"|Bad owner or permissions on .+|(?:ssh: )?(?:unknown|illegal) option -- .*|Bad port '.*)$",
        "The configuration of ssh on the controller is wrong ({said})",
        "correct that file, its owner and mode, or the options in ansible_ssh_common_args",
    ),
    Symptom(
        "control_path",
        r"^(?P<said>ControlPath too long.*|unix_listener: .*too long for Unix domain socket|Cannot write to ControlPath .*"
        r"|Control socket connect\(.*|muxserver_listen: .*)$",
        "ssh on the controller cannot share connections ({said})",
        "set ANSIBLE_SSH_CONTROL_PATH_DIR to a folder of yours with a short path, such as /tmp/cp",
    ),
    Symptom(
        "name_unknown",
        r"^(?:ssh: )?Could not resolve hostname (?P<name>\S+): (?P<reason>.+)$",
        "The name of {who} cannot be resolved ({name}: {reason})",
        "correct {address}, or check the name server of the machine that connects",
    ),
    Symptom(
        "name_unknown_to_paramiko",
        r"^\[Errno -\d+\] (?P<reason>Name or service not known|Temporary failure in name resolution|.*\bname\b.*)$",
        "The name of {who} cannot be resolved ({reason})",
        "correct {address}, or check the name server of the controller",
    ),
    Symptom(
        "refused",
        r"^ssh: connect to host \S+ port (?P<port>\d+): Connection refused$",
        "{Who} refuses connections to port {port}",
        "start sshd there, or correct {address} and the port",
    ),
    Symptom(
        "no_answer",
        r"^ssh: connect to host \S+ port \d+: (?P<reason>.+)$|^\[Errno \w+\] (?P<reason2>Unable to connect to port .+)$",
        "{Who} does not answer ({reason})",
        "check its power, its network and {address}",
    ),
    Symptom(
        "no_banner",
        r"timed out during banner exchange|Error reading SSH protocol banner",
        "{Who} accepts the connection, but sshd there does not answer",
        "check the load of that machine, and that the port is that of sshd",
    ),
    Symptom(
        "no_sshd",
        r"^(?:kex|ssh)_exchange_identification: (?:banner line contains invalid characters|No banner received|Invalid SSH identification"
        r" string).*|^Bad remote protocol version identification: |^Protocol major versions differ: |^Invalid SSH identification string",
        "What answers at the address of {who} is not sshd",
        "correct {address} and the port",
    ),
    Symptom(
        "closed_before_login",
        r"^(?:kex|ssh)_exchange_identification: |Not allowed at this time|Exceeded MaxStartups|^\[Errno 104\] Connection reset by peer",
        "{Who} closes the connection before the login",
        "wait, where many connect at once (MaxStartups) or logins have failed (PerSourcePenalties, fail2ban); check /etc/hosts.deny there, and "
        "that the port is that of sshd",
    ),
    *(
        Symptom(
            f"no_common_{option.lower()}",
            rf"^Unable to negotiate with .*: no matching {what} found\. Their offer: (?P<offer>(?P<first>[^\s,]+).*)$",
            f"sshd of {{who}} and ssh on the controller have no {what} in common, because one of them is old (sshd offers {{offer}})",
            f"update the older one, or allow one for that host in ~/.ssh/config with {option} +{{first}}",
        )
        for what, option in _ALGORITHMS.items()
    ),
    Symptom(
        "no_common_algorithm",
        r"^Unable to negotiate with .*: (?P<what>no matching .*)$|Incompatible (?:ssh )?(?:peer|server) \((?P<what2>no acceptable .*)\)",
        "sshd of {who} and ssh on the controller have no algorithm in common, because one of them is old ({what})",
        "update the older one, or allow one for that host in the configuration of ssh",
    ),
    Symptom(
        "host_key_short",
        r"Invalid key length$",
        "The host key of {who} is too short for ssh on the controller",
        "give that machine a new one with ssh-keygen, and put it into {known_hosts}",
    ),
    Symptom(
        "host_key_changed",
        r"^@ +WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! +@|^host key mismatch for ",
        "The host key of {who} has changed",
        "check that it is the same machine, installed anew, and then put its new key into {known_hosts}",
    ),
    Symptom(
        "host_key_revoked",
        r"^@ +WARNING: REVOKED HOST KEY DETECTED! +@|^Host key \S+ \S+ revoked by file ",
        "The host key of {who} is marked as revoked",
        "check who uses that key, and give the machine a new one",
    ),
    Symptom(
        "host_key_unknown",
        r"^No \S+ host key is known for |^Server '.+' not found in known_hosts|^(?:paramiko: )?The authenticity of host '|^stdin is not interactive"
        r"|Using a SSH password instead of a key is not possible because Host Key checking is enabled",
        "No host key of {who} is known",
        "compare the key that it shows with the one in its /etc/ssh, then put it into {known_hosts}",
    ),
    Symptom(
        "host_key_refused",
        r"^Host key verification failed\.?\Z",
        "The host key of {who} is unknown or has changed",
        "check {who}, then put its key into {known_hosts}",
    ),
    Symptom(
        "booting",
        r"\bSystem is (?:booting up|going down)\b|\bpam_nologin\(8\)",
        "{Who} is booting or shutting down and lets nobody log in yet",
        "wait until it has booted; where that does not help, remove /run/nologin there as root",
    ),
    Symptom(
        "account_expired",
        r"^Your account has expired",
        "The account of the user has expired on {who}",
        "extend it there as root with chage --expiredate -1 USER, or correct {login}",
    ),
    Symptom(
        "account_locked",
        r"^(?P<said>(?:The account is|Account) locked due to \d+ failed logins)",
        "The account of the user is locked on {who} ({said})",
        "wait, or unlock it there as root with faillock --user USER --reset or pam_tally2 --user USER --reset",
    ),
    Symptom(
        "too_many_logins",
        r"^(?P<said>(?:There were too|Too) many logins for '.+')",
        "{Who} lets the user log in no more often ({said})",
        "end sessions there, or raise maxlogins in /etc/security/limits.conf",
    ),
    Symptom(
        "too_many_keys",
        r"\bToo many authentication failures\b",
        "ssh has offered more keys than {who} allows, before the right one",
        "set {key}, and IdentitiesOnly to yes for it in ~/.ssh/config",
    ),
    Symptom(
        "key_file_mode",
        r"^Permissions 0?\d+ for '(?P<file>[^']+)' are too open",
        "The key file {file} can be read by others, so ssh does not use it",
        "run chmod 600 {file}",
    ),
    Symptom(
        "key_file_unusable",
        r"^(?:Load key \"(?P<file>[^\"]+)\"|(?:no such identity: |Warning: Identity file )(?P<file2>\S+?):?(?: not accessible:)?)"
        r":? (?P<reason>.+)$(?=[\s\S]*Permission denied \()",
        "The key file {file} on the controller cannot be used ({reason})",
        "set {key} to a private key that the user can read",
    ),
    Symptom(
        "key_file_unusable_by_paramiko",
        r"^not a valid .+ private key file|^Invalid key$|encountered .+ key, expected .+ key|^Private key file is encrypted|^Unable to parse key"
        r"|^\[Errno 2\] No such file or directory: '(?P<file>[^']+)'|: Private key file is encrypted",
        "paramiko cannot use the private key",
        "set ansible_ssh_private_key_file to a private key without a passphrase that the user can read, or put the key into ssh-agent",
    ),
    Symptom(
        "agent",
        r"sign_and_send_pubkey: signing failed|agent refused operation",
        "ssh-agent does not sign with the key",
        "load the key again with ssh-add, and unlock or touch what holds it",
    ),
    Symptom(
        "no_common_signature",
        r"sign_and_send_pubkey: no mutual signature|no mutual signature algorithm",
        "sshd of {who} and ssh on the controller have no signature algorithm in common for the key",
        "use a key of the type ed25519 or ecdsa, or update the older one",
    ),
    Symptom(
        "password_refused",
        r"^Invalid/incorrect (?:username/)?password|^Permission denied, please try again|^Bad authentication type; allowed types: ",
        "{Who} refuses the password",
        "check {login} and what --ask-pass or ansible_password was given, and that sshd there accepts passwords",
    ),
    Symptom(
        "denied",
        r"Permission denied \((?P<how>[\w,-]+)\)",
        "{Who} does not let the user log in ({how})",
        "put the controller's public key into the user's authorized_keys there, or correct {login}, the password and the key",
    ),
    Symptom(
        "closed_to_paramiko",
        r"^Authentication failed: transport shut down or saw EOF",
        "{Who} closes the connection at the login",
        "look there, with journalctl --unit ssh, for what sshd and PAM say about it",
    ),
    Symptom(
        "denied_to_paramiko",
        r"^Authentication failed|^No authentication methods available",
        "{Who} does not let the user log in",
        "put the controller's public key into the user's authorized_keys there, or correct {login}, the password and the key",
    ),
    Symptom(
        "no_paramiko_session",
        r"^No existing session|^SSH session not active|^Key-exchange timed out",
        "paramiko and sshd of {who} come to no session",
        "set ansible_connection to ssh, which says why, or update paramiko on the controller",
    ),
    Symptom(
        "lost",
        r"^Timeout, server \S+ not responding|^client_loop: send disconnect|^packet_write_wait: |^Connection to .+ (?:closed by remote host|timed"
        r" out|: Broken pipe)|^ssh_dispatch_run_fatal: |^mux_client_\w+: |^Read from remote host |^Write failed: |ControlPersist broken pipe"
        r"|^(?:\[Errno 32\] )?Broken pipe|^Failed to open session",
        "The connection to {who} broke",
        "check its power, its network and its memory, then run again",
    ),
    Symptom(
        "closed_at_login",
        r"^(?:Connection (?:closed|reset) by|Received disconnect from|Disconnected from) ",
        "{Who} closes the connection at the login ({said})",
        "look there, with journalctl --unit ssh, for what sshd and PAM say about it",
    ),
)
# What ssh says that was to connect a jump host with the board.
RELAY_SSH: tuple[Symptom, ...] = (
    Symptom(
        "relay_forbidden",
        r"^channel \d+: open failed: administratively prohibited: ",
        "{Who} does not forward connections",
        "allow it there for the user with AllowTcpForwarding and PermitOpen in sshd_config",
    ),
    Symptom(
        "relay_no_answer",
        r"^channel \d+: open failed: (?:connect failed: )?(?P<reason>.+)$",
        "{Who} does not reach the board ({reason})",
        "check the board's power and network, and that ansible_host is its name or address on the jump host",
    ),
)
# Where what connects to the board said nothing that is known.
RELAY_OTHER: tuple[Symptom, ...] = (
    Symptom(
        "relay_silent",
        r"\A\Z",
        "No connection comes about through {who}",
        "check the jump host, and from there the board, with ssh",
    ),
    Symptom(
        "proxy_command",
        r"(?P<said>.+)",
        "The ProxyCommand of ssh failed ({said})",
        "correct ProxyCommand or ProxyJump in ~/.ssh/config or ansible_ssh_common_args",
    ),
)
