// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include <sanitizer/lsan_interface.h>

namespace {

// Once a process. The sanitizer's own look comes after the libraries have ended where a program stands at a fixed address:
// Qt has taken its threads' key away by then, and what a thread would give back that ends later counts as lost.
__attribute__((destructor)) void lookForLeaks()
{
    __lsan_do_leak_check();
}

} // namespace
