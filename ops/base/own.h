/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owning locals: released at the end of their scope, as g_autoptr() does for GLib's own types.
 *
 *     OWN(value_unref) struct value *v = NULL;
 *
 * A room that exports a destructor declares it with OWN_DEFINE beside it. */
#pragma once

#define OWN(destructor) __attribute__((cleanup(destructor##_owned)))

#define OWN_DEFINE(type, destructor)                \
    static inline void destructor##_owned(type **p) \
    {                                               \
        destructor(*p);                             \
    }
