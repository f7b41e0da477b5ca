// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace retryscope {

/// How the keys of vendors begin, as a regular expression without regard to case: what looks so is a secret, wherever it
/// stands. The one list, for what a file may hold and for what may be shown.
inline constexpr char secretBeginnings[] =
    "(?:sk[-_]|rk_|gsk_|xai-|csk-|hf_|nvapi-|pplx-|fw_|tgp_|ghp_|github_pat_|AIza|eyJ[A-Za-z0-9_-]{10})";

} // namespace retryscope
