// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/certifyjob.h"

namespace retryscope {

template <> Certificate CertifyJob::play(const CertificateQuestion &question, const Line &line)
{
    return certify(
        question, [&line](double share) { line.progress(share); }, [&line] { return line.isOver(); });
}

} // namespace retryscope
