// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"

#include <QByteArray>
#include <QString>

namespace retryscope {

/// What a request is about, as every reader of it sees it: see addressOf.
struct RequestAddress
{
    QByteArray path;  ///< still encoded, begins with a slash; without empty and "." parts and a slash at its end
    QByteArray query; ///< as it came, without its question mark
};

/// The address of a request's target (path and query). What may be written in two ways is written in one: letters, digits and
/// -._~ stand as themselves, and so does the colon, which SDKs encode; what no path may hold is encoded. The error, a sentence:
/// an escape that is none, a control character, or a part "..".
Expected<RequestAddress, QString> addressOf(const QByteArray &target);

} // namespace retryscope
