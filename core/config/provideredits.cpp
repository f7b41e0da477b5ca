// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/provideredits.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>

namespace retryscope {
namespace {

qsizetype placeOf(const Configuration &configuration, const ProviderId &provider)
{
    const auto &all = configuration.providers;
    const auto it = std::find_if(all.begin(), all.end(), [&](const ProviderConfig &p) { return p.id == provider; });
    return it == all.end() ? -1 : it - all.begin();
}

QJsonObject unknownProviders(const Configuration &configuration)
{
    return configuration.unknown[QLatin1String("providers")].toObject();
}

void setUnknown(Configuration *configuration, const QJsonObject &byProvider)
{
    if (byProvider.isEmpty())
        configuration->unknown.remove(QLatin1String("providers"));
    else
        configuration->unknown[QLatin1String("providers")] = byProvider;
}

Expected<QJsonValue, QString> pairsFrom(const QString &text, bool numbers)
{
    QJsonObject object;
    for (const QString &line : text.split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        const qsizetype at = line.indexOf(QLatin1Char('='));
        const QString name = line.left(at).trimmed(), value = line.mid(at + 1).trimmed();
        if (line.trimmed().isEmpty())
            continue;
        if (at < 0 || name.isEmpty())
            return Unexpected{QStringLiteral("Write name = value, one a line.")};
        bool isNumber = false;
        const double number = value.toDouble(&isNumber);
        if (numbers && !isNumber)
            return Unexpected{QStringLiteral("Write a number of seconds behind %1 =.").arg(name.left(40))};
        if (object.contains(name))
            return Unexpected{QStringLiteral("%1 stands there twice.").arg(name.left(40))};
        object[name] = numbers ? QJsonValue(number) : QJsonValue(value);
    }
    return QJsonValue(object);
}

bool holdsNumbers(const ProviderField &field) { return field.schema.contains(QLatin1String("properties")); }

Expected<QJsonValue, QString> valueFrom(const ProviderField &field, const QString &text)
{
    const QString bare = text.trimmed();
    switch (formOf(field)) {
    case FieldForm::Line:
    case FieldForm::Word: return QJsonValue(bare);
    case FieldForm::Switch: return QJsonValue(bare == QLatin1String("true"));
    case FieldForm::Number: {
        bool isNumber = false;
        const double number = bare.toDouble(&isNumber);
        if (!bare.isEmpty() && !isNumber)
            return Unexpected{QStringLiteral("Must be a whole number.")};
        return QJsonValue(bare.isEmpty() ? 0.0 : number);
    }
    case FieldForm::Lines: {
        QJsonArray lines;
        for (const QString &line : text.split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
            if (!line.trimmed().isEmpty())
                lines.append(line.trimmed());
        }
        return QJsonValue(lines);
    }
    case FieldForm::Pairs: return pairsFrom(text, holdsNumbers(field));
    case FieldForm::Json: break;
    }
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bare.isEmpty() ? QByteArray("{}") : bare.toUtf8(), &error);
    if (error.error != QJsonParseError::NoError || !document.isObject())
        return Unexpected{QStringLiteral("Must be one JSON object, such as {\"name\": \"text\"}.")};
    return QJsonValue(document.object());
}

} // namespace

ProviderId freeId(const Configuration &configuration, const ProviderId &wished)
{
    ProviderId id = wished;
    for (int n = 2; placeOf(configuration, id) >= 0; ++n)
        id = QStringLiteral("%1-%2").arg(wished).arg(n);
    return id;
}

Configuration withPreset(Configuration configuration, const ProviderPreset &preset, ProviderId *id)
{
    ProviderConfig provider = toProvider(preset);
    *id = freeId(configuration, provider.id);
    if (*id != provider.id)
        provider.name += QLatin1Char(' ') + id->mid(provider.id.size() + 1);
    provider.id = *id;
    configuration.providers.append(provider);
    return configuration;
}

Configuration withDuplicate(const Configuration &configuration, const ProviderId &provider, ProviderId *id)
{
    const qsizetype at = placeOf(configuration, provider);
    if (at < 0)
        return configuration;
    static const QRegularExpression counted(QStringLiteral("-\\d+$"));
    Configuration after = configuration;
    ProviderConfig copy = configuration.providers[at];
    *id = freeId(configuration, QString(provider).remove(counted));
    copy.id = *id;
    copy.name = QStringLiteral("%1 (%2)").arg(copy.name.section(QStringLiteral(" ("), 0, 0), *id);
    copy.enabled = false;
    after.providers.insert(at + 1, copy);
    QJsonObject unknown = unknownProviders(configuration);
    if (unknown.contains(provider))
        unknown[*id] = unknown[provider];
    setUnknown(&after, unknown);
    return after;
}

Configuration withoutProvider(Configuration configuration, const ProviderId &provider)
{
    configuration.providers.removeIf([&](const ProviderConfig &p) { return p.id == provider; });
    QJsonObject unknown = unknownProviders(configuration);
    unknown.remove(provider);
    setUnknown(&configuration, unknown);
    for (auto &chain : configuration.routes) {
        if (chain.size() > 1) // an empty one would mean somebody else
            chain.removeAll(provider);
    }
    return configuration;
}

Configuration withProviderAt(Configuration configuration, const ProviderId &provider, qsizetype place)
{
    const qsizetype from = placeOf(configuration, provider);
    if (from >= 0)
        configuration.providers.move(from, std::clamp<qsizetype>(place, 0, configuration.providers.size() - 1));
    return configuration;
}

Configuration withoutSimulated(const Configuration &configuration)
{
    Configuration after = configuration;
    for (const ProviderConfig &p : configuration.providers) {
        if (p.simulated)
            after = withoutProvider(after, p.id);
    }
    return after;
}

Configuration withProvider(Configuration configuration, const ProviderId &provider, const ProviderConfig &changed)
{
    const qsizetype at = placeOf(configuration, provider);
    if (at < 0)
        return configuration;
    configuration.providers[at] = changed;
    if (changed.id == provider)
        return configuration;
    QJsonObject unknown = unknownProviders(configuration);
    if (unknown.contains(provider))
        unknown[changed.id] = unknown.take(provider);
    setUnknown(&configuration, unknown);
    for (auto &chain : configuration.routes)
        std::replace(chain.begin(), chain.end(), provider, changed.id);
    return configuration;
}

/// The order comes last: it names providers that the others bring.
Configuration withChanges(Configuration configuration, const ConfigurationChanges &changes, bool forward)
{
    const QString order = QStringLiteral("provider_order");
    for (const bool orderNow : {false, true}) {
        for (const ConfigurationChange &change : changes) {
            if ((change.path.first() == order) == orderNow)
                configuration = withValue(configuration, change.path, forward ? change.after : change.before);
        }
    }
    return configuration;
}

FieldForm formOf(const ProviderField &field)
{
    const QString type = field.schema[QLatin1String("type")].toString();
    if (field.schema.contains(QLatin1String("enum")))
        return FieldForm::Word;
    if (type == QLatin1String("boolean"))
        return FieldForm::Switch;
    if (type == QLatin1String("integer"))
        return FieldForm::Number;
    if (type == QLatin1String("array"))
        return FieldForm::Lines;
    if (type != QLatin1String("object"))
        return FieldForm::Line;
    const auto isPlain = [](const QJsonValue &schema) {
        const QString of = schema[QLatin1String("type")].toString();
        return of == QLatin1String("string") || of == QLatin1String("number");
    };
    const QJsonObject properties = field.schema[QLatin1String("properties")].toObject();
    const bool plain = properties.isEmpty() ? isPlain(field.schema[QLatin1String("additionalProperties")])
                                            : std::all_of(properties.begin(), properties.end(), isPlain);
    return plain ? FieldForm::Pairs : FieldForm::Json;
}

QStringList wordsOf(const ProviderField &field)
{
    QStringList words;
    for (const QJsonValue &word : field.schema[QLatin1String("enum")].toArray())
        words << word.toString();
    return words;
}

QString fieldText(const ProviderField &field, const ProviderConfig &provider)
{
    const QJsonValue value = field.get(provider);
    switch (formOf(field)) {
    case FieldForm::Line: return value.toString();
    case FieldForm::Word: return value.isUndefined() ? wordsOf(field).value(0) : value.toString();
    case FieldForm::Switch: return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    case FieldForm::Number: return value.isUndefined() ? QString() : QString::number(value.toInteger());
    case FieldForm::Lines: {
        QStringList lines;
        for (const QJsonValue &line : value.toArray())
            lines << line.toString();
        return lines.join(QLatin1Char('\n'));
    }
    case FieldForm::Pairs: {
        QStringList lines;
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            lines << QStringLiteral("%1 = %2").arg(
                it.key(), it.value().isDouble() ? QString::number(it.value().toDouble()) : it.value().toString());
        return lines.join(QLatin1Char('\n'));
    }
    case FieldForm::Json: break;
    }
    return value.isUndefined()
               ? QString()
               : QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Indented)).trimmed();
}

Expected<ProviderConfig, QString> withFieldText(const ProviderField &field, ProviderConfig provider,
                                                const QString &text)
{
    const auto value = valueFrom(field, text);
    if (!value)
        return Unexpected{value.error()};
    ConfigIssues issues;
    const FieldReport report(QString(), &issues);
    field.set(provider, *value, report);
    if (field.check && !hasErrors(issues))
        field.check(provider, report);
    for (const ConfigIssue &issue : issues) {
        if (issue.severity == ConfigIssue::Severity::Error)
            return Unexpected{issue.where.isEmpty() ? issue.message
                                                    : QStringLiteral("%1: %2").arg(issue.where, issue.message)};
    }
    return provider;
}

const ProviderField *providerField(const QString &key)
{
    const auto &fields = providerFields();
    const auto it =
        std::find_if(fields.begin(), fields.end(), [&](const ProviderField &f) { return key == QLatin1String(f.key); });
    return it == fields.end() ? nullptr : &*it;
}

QVector<FoundKey> foundKeys()
{
    QVector<FoundKey> found;
    for (const ProviderPreset &preset : providerPresets()) {
        QString variable = preset.json[QLatin1String("key")].toString();
        if (!variable.startsWith(QLatin1String("env:")))
            continue;
        variable = variable.mid(4);
        const bool known =
            std::any_of(found.begin(), found.end(), [&](const FoundKey &key) { return key.variable == variable; });
        if (!known && !qEnvironmentVariableIsEmpty(variable.toLatin1().constData()))
            found.append({variable, &preset});
    }
    return found;
}

} // namespace retryscope
