// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Defined under the address sanitizer, whichever compiler it is: memory that was given back is kept, and all is slower.
#if defined(__SANITIZE_ADDRESS__)
#define RETRYSCOPE_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RETRYSCOPE_SANITIZED
#endif
#endif
