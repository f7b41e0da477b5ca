// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/configuration.h"
#include "engine/masker.h"

#include <QJsonValue>

namespace retryscope {

/// Takes the keys that a configuration names, as they are here and now, and whatever has the look of one out of what a
/// person is going to read or keep. Holds them: must not be kept longer than it is needed.
class Discretion
{
public:
    explicit Discretion(const Configuration &configuration);
    QString text(QString text) const;
    /// JSON stays JSON. Only the keys that are configured.
    QByteArray body(QByteArray body) const;
    /// Every text in it, names too. Of the members `bytes`, such as a picture's, only the keys that are configured: in a
    /// long run of letters something looks like a key by chance.
    QJsonValue value(const QJsonValue &value, const QStringList &bytes = {}) const;

private:
    QString withoutKeys(QString text) const;
    QVector<Masker> m_masks;
};

} // namespace retryscope
