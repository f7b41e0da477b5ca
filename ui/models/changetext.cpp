// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/changetext.h"

#include "config/retryfields.h"
#include "config/valuetext.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

namespace retryscope {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("retryscope::ChangeText", text); }

QString words(const QString &key) { return QString(key).replace(QLatin1Char('_'), QLatin1Char(' ')); }

/// JSON on one line, bounded.
QString plain(const QJsonValue &value)
{
    const QString text =
        value.isString()   ? value.toString()
        : value.isDouble() ? numberToText(value.toDouble())
        : value.isBool()
            ? (value.toBool() ? tr("on") : tr("off"))
            : QString::fromUtf8(value.isArray() ? QJsonDocument(value.toArray()).toJson(QJsonDocument::Compact)
                                                : QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact));
    return text.size() > 80 ? text.left(79) + QChar(0x2026) : text;
}

} // namespace

const RetryConfigField *fieldAt(const ConfigurationPath &path)
{
    if (path.size() != 2 || path[0] != QLatin1String("retry"))
        return nullptr;
    const auto &fields = retryConfigFields();
    const auto it = std::find_if(fields.begin(), fields.end(),
                                 [&](const RetryConfigField &f) { return path[1] == QLatin1String(f.key); });
    return it == fields.end() ? nullptr : &*it;
}

QString changeLabel(const ConfigurationPath &path, const QHash<ProviderId, QString> &names)
{
    if (const RetryConfigField *field = fieldAt(path))
        return QLatin1String(field->label);
    if (path == ConfigurationPath{QStringLiteral("provider_order")})
        return tr("Provider priority");
    if (path.size() >= 2 && path[0] == QLatin1String("providers")) {
        const QString name = names.value(path[1], path[1]);
        return path.size() == 2 ? tr("Provider %1").arg(name)
                                : QStringLiteral("%1: %2").arg(name, words(path.mid(2).join(QLatin1String(", "))));
    }
    return words((path.first() == QLatin1String("retry") ? path.mid(1) : path).join(QLatin1String(", ")));
}

ConfigurationChanges toldOf(const ConfigurationChanges &changes)
{
    ConfigurationChanges told = changes;
    told.removeIf([](const ConfigurationChange &change) {
        if (change.path != ConfigurationPath{QStringLiteral("provider_order")})
            return false;
        QStringList before, after;
        for (const QJsonValue &id : change.before.toArray())
            before << id.toString();
        for (const QJsonValue &id : change.after.toArray())
            after << id.toString();
        before.removeIf([&](const QString &id) { return !after.contains(id); });
        return after.mid(0, before.size()) == before;
    });
    return told;
}

QString fieldValue(const RetryConfigField &field, double value)
{
    switch (field.kind) {
    case FieldKind::Seconds: return durationToText(fromSeconds(value));
    case FieldKind::Switch: return value != 0.0 ? tr("on") : tr("off");
    case FieldKind::Choice: return words(QLatin1String(field.choices.value(qsizetype(value))));
    default: return numberToText(value);
    }
}

QString changeValue(const ConfigurationPath &path, const QJsonValue &value, const QHash<ProviderId, QString> &names)
{
    if (value.isUndefined() || value.isNull())
        return QStringLiteral("–");
    if (const RetryConfigField *field = fieldAt(path))
        return field->kind == FieldKind::Choice
                   ? words(value.toString())
                   : fieldValue(*field, value.isBool() ? double(value.toBool()) : value.toDouble());
    if (path == ConfigurationPath{QStringLiteral("provider_order")}) {
        QStringList order;
        for (const QJsonValue &id : value.toArray())
            order << names.value(id.toString(), id.toString());
        return order.isEmpty() ? tr("none") : order.join(QStringLiteral(", "));
    }
    if (path.size() == 2 && path[0] == QLatin1String("providers"))
        return tr("kept");
    return plain(value);
}

QHash<ProviderId, QString> namesOf(const Configuration &configuration)
{
    QHash<ProviderId, QString> names;
    for (const ProviderConfig &p : configuration.providers)
        names.insert(p.id, p.name);
    return names;
}

} // namespace retryscope
