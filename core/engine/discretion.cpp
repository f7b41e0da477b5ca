// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/discretion.h"

#include "base/secretshape.h"
#include "engine/credentials.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>

namespace retryscope {

Discretion::Discretion(const Configuration &configuration)
{
    for (const ProviderConfig &provider : configuration.providers) {
        for (const KeyChoice &key : keysOf(provider)) {
            if (const auto credentials = resolveCredentials(provider, key.account)) {
                for (const QByteArray &secret : credentials->secrets)
                    m_masks.append(Masker(secret));
            }
        }
    }
}

QString Discretion::withoutKeys(QString text) const
{
    for (const Masker &mask : m_masks)
        text = mask.text(text);
    return text;
}

QString Discretion::text(QString text) const
{
    static const QRegularExpression key(QStringLiteral("\\b%1[A-Za-z0-9_.-]{10,}|(?<=Bearer )[A-Za-z0-9_.~+/=-]{12,}")
                                            .arg(QLatin1String(secretBeginnings)),
                                        QRegularExpression::CaseInsensitiveOption);
    return withoutKeys(std::move(text)).replace(key, QStringLiteral("[key]"));
}

QByteArray Discretion::body(QByteArray body) const
{
    for (const Masker &mask : m_masks)
        body = mask.body(body);
    return body;
}

QJsonValue Discretion::value(const QJsonValue &value, const QStringList &bytes) const
{
    if (value.isString())
        return text(value.toString());
    if (value.isArray()) {
        QJsonArray array;
        for (const QJsonValue &item : value.toArray())
            array.append(this->value(item, bytes));
        return array;
    }
    if (!value.isObject())
        return value;
    QJsonObject object;
    const QJsonObject before = value.toObject();
    for (auto it = before.begin(); it != before.end(); ++it)
        object[text(it.key())] = bytes.contains(it.key()) && it->isString() ? QJsonValue(withoutKeys(it->toString()))
                                                                            : this->value(*it, bytes);
    return object;
}

} // namespace retryscope
