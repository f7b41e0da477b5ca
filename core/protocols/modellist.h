// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QStringList>

#include <optional>

namespace retryscope {

/// What a server says that it serves.
struct ModelList
{
    QStringList models; ///< by the names that requests use, in the server's order
    bool whole = true;  ///< false: it says that there are more than these
    bool operator==(const ModelList &) const = default;
};

/// Reads the answer to modelListRequest(), whichever wire it comes from: the first 5,000 names, and `wanted` wherever it stands, in
/// whatever case. None: it is no list of models.
std::optional<ModelList> readModelList(const QByteArray &body, const QString &wanted = {});
/// Those whose names are most like `name`, the nearest first; none that has little to do with it.
QStringList similarModels(const QString &name, const QStringList &models, qsizetype most = 3);

} // namespace retryscope
