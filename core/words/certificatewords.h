// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulator/certificate.h"

namespace retryscope {

/// The certificate as sentences, a line each: what is asked, the largest safe load, the smallest trigger, the recovery,
/// and the knob that moves each.
QStringList tellCertificate(const CertificateQuestion &question, const Certificate &certificate);

} // namespace retryscope
