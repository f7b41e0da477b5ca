// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/backgroundjob.h"
#include "simulator/certificate.h"

namespace retryscope {

/// Certifies a configuration beside the window.
using CertifyJob = QuestionJob<CertificateQuestion, Certificate>;
template <> Certificate CertifyJob::play(const CertificateQuestion &question, const Line &line);

} // namespace retryscope
