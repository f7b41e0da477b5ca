// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/serving.h"
#include "protocols/wireformats.h"

namespace retryscope::googleai {

// What the files of this folder share.

/// A streamed event or a whole answer: they have one shape.
void readChunk(const QJsonObject &object, Answer *answer);
/// The same, served.
QByteArray piece(const ServedAnswer &answer, const QString &text, bool last);

} // namespace retryscope::googleai
