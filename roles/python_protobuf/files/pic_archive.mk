# Copyright (c) 2026, jetfleet.protobuf contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Archives of the position-independent objects that the shared library was linked
# from, so that one compilation serves both linkages of the Python extension.
# Run in src/ of the source tree, after `make`.
include Makefile

pic_objects = $(foreach object,$(1:.lo=.o),$(dir $(object)).libs/$(notdir $(object)))

.libs/libprotobuf.a: libprotobuf.la
	rm -f $@
	$(AR) cr $@ $(call pic_objects,$(libprotobuf_la_OBJECTS))

.libs/libprotobuf-lite.a: libprotobuf-lite.la
	rm -f $@
	$(AR) cr $@ $(call pic_objects,$(libprotobuf_lite_la_OBJECTS))
