// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/providerfields.h"

#include "config/providerchecks.h"
#include "config/reporting.h"
#include "config/retryfields.h"
#include "protocols/registry.h"

#include <QJsonArray>

namespace retryscope {
namespace {

QJsonObject ofType(const char *type) { return {{QStringLiteral("type"), QLatin1String(type)}}; }
QJsonObject listOfTexts()
{
    return {{QStringLiteral("type"), QStringLiteral("array")}, {QStringLiteral("items"), ofType("string")}};
}
QJsonObject mapOfTexts()
{
    return {{QStringLiteral("type"), QStringLiteral("object")},
            {QStringLiteral("additionalProperties"), ofType("string")}};
}
QJsonObject oneOf(const QStringList &words) { return {{QStringLiteral("enum"), QJsonArray::fromStringList(words)}}; }

template <typename Check>
ProviderField text(const char *key, const char *help, QString ProviderConfig::*member, Check check)
{
    return {key, help, ofType("string"),
            [member](const ProviderConfig &p) {
                return (p.*member).isEmpty() ? QJsonValue(QJsonValue::Undefined) : QJsonValue(p.*member);
            },
            [member](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
                if (!value.isString())
                    report.error(QStringLiteral("Must be a text in quotes."));
                p.*member = value.toString();
            }, check};
}

ProviderField flag(const char *key, const char *help, bool ProviderConfig::*member, bool always)
{
    return {key, help, ofType("boolean"),
            [member, always](const ProviderConfig &p) {
                return always || p.*member ? QJsonValue(p.*member) : QJsonValue(QJsonValue::Undefined);
            },
            [member](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
                if (!value.isBool())
                    report.error(QStringLiteral("Must be true or false."));
                p.*member = value.toBool(p.*member);
            }, {}};
}

QMap<QString, QString> readMap(const QJsonValue &value, const FieldReport &report)
{
    QMap<QString, QString> map;
    if (!value.isObject())
        report.error(QStringLiteral("Must be an object of names and texts, such as {\"name\": \"text\"}."));
    const QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (!it.value().isString())
            report.at(it.key()).error(QStringLiteral("Must be a text in quotes."));
        map.insert(it.key(), it.value().toString());
    }
    return map;
}

QJsonObject toObject(const QMap<QString, QString> &map)
{
    QJsonObject object;
    for (auto it = map.begin(); it != map.end(); ++it)
        object.insert(it.key(), it.value());
    return object;
}

QJsonValue unlessEmpty(const QJsonObject &object)
{
    return object.isEmpty() ? QJsonValue(QJsonValue::Undefined) : QJsonValue(object);
}

template <typename Check>
ProviderField map(const char *key, const char *help, QMap<QString, QString> ProviderConfig::*member, Check check)
{
    return {key, help, mapOfTexts(),
            [member](const ProviderConfig &p) { return unlessEmpty(toObject(p.*member)); },
            [member](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
                p.*member = readMap(value, report);
            }, check};
}

QStringList readList(const QJsonValue &value, const FieldReport &report)
{
    QStringList list;
    if (!value.isArray())
        report.error(QStringLiteral("Must be a list of texts, such as [\"text\"]."));
    for (const QJsonValue &item : value.toArray()) {
        if (!item.isString())
            report.error(QStringLiteral("Must hold only texts in quotes."));
        list << item.toString();
    }
    return list;
}

template <typename Number>
ProviderField number(const char *key, const char *help, Number ProviderConfig::*member, double least, double most)
{
    QJsonObject schema = ofType("integer");
    schema[QLatin1String("minimum")] = least;
    schema[QLatin1String("maximum")] = most;
    return {key, help, schema,
            [member](const ProviderConfig &p) {
                return p.*member == Number() ? QJsonValue(QJsonValue::Undefined) : QJsonValue(p.*member);
            },
            [=](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
                const double given = value.toDouble(least - 1);
                if (given != qint64(given) || given < least || given > most)
                    return report.error(
                        QStringLiteral("Must be a whole number from %1 to %2.").arg(qint64(least)).arg(qint64(most)));
                p.*member = Number(given);
            }, {}};
}

ProviderField parameters()
{
    const QJsonObject schema{{QStringLiteral("type"), QStringLiteral("object")},
                             {QStringLiteral("additionalProperties"), false},
                             {QStringLiteral("properties"), QJsonObject{{QStringLiteral("rename"), mapOfTexts()},
                                                                        {QStringLiteral("remove"), listOfTexts()},
                                                                        {QStringLiteral("add"), ofType("object")}}}};
    return {"parameters",
            "Fields of the request's body that the server calls otherwise (rename), does not take (remove), or wants "
            "besides (add).", schema,
            [](const ProviderConfig &p) {
                QJsonObject o;
                if (!p.parameters.renamed.isEmpty())
                    o[QLatin1String("rename")] = toObject(p.parameters.renamed);
                if (!p.parameters.removed.isEmpty())
                    o[QLatin1String("remove")] = QJsonArray::fromStringList(p.parameters.removed);
                if (!p.parameters.added.isEmpty())
                    o[QLatin1String("add")] = p.parameters.added;
                return unlessEmpty(o);
            },
            [](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
                if (!value.isObject())
                    return report.error(QStringLiteral("Must be an object with rename, remove and add."));
                const QJsonObject object = value.toObject();
                for (auto it = object.begin(); it != object.end(); ++it) {
                    if (it.key() == QLatin1String("rename"))
                        p.parameters.renamed = readMap(it.value(), report.at(it.key()));
                    else if (it.key() == QLatin1String("remove"))
                        p.parameters.removed = readList(it.value(), report.at(it.key()));
                    else if (it.key() == QLatin1String("add") && it.value().isObject())
                        p.parameters.added = it.value().toObject();
                    else
                        report.at(it.key()).error(it.key() == QLatin1String("add")
                                                      ? QStringLiteral("Must be an object.")
                                                      : QStringLiteral("Not known here. Use rename, remove or add."));
                }
            }, checkParameters};
}

struct TimeRow { const char *key; std::optional<Duration> ProviderTimes::*member; };
/// By the names that the policy has for them.
constexpr TimeRow timeRows[] = {{"connect_timeout_s", &ProviderTimes::connect},
                                {"first_token_timeout_s", &ProviderTimes::firstToken},
                                {"idle_timeout_s", &ProviderTimes::idle},
                                {"attempt_timeout_s", &ProviderTimes::attempt},
                                {"stream_timeout_s", &ProviderTimes::stream}};

/// The policy's field of the same name has the range.
const RetryConfigField &policyField(const char *key)
{
    const auto &fields = retryConfigFields();
    return *std::find_if(fields.begin(), fields.end(),
                         [key](const RetryConfigField &f) { return QLatin1String(f.key) == QLatin1String(key); });
}

QJsonObject timesSchema()
{
    QJsonObject properties;
    for (const TimeRow &row : timeRows) {
        QJsonObject seconds = ofType("number");
        seconds[QLatin1String("minimum")] = policyField(row.key).minimum;
        seconds[QLatin1String("maximum")] = policyField(row.key).maximum;
        properties[QLatin1String(row.key)] = seconds;
    }
    return {{QStringLiteral("type"), QStringLiteral("object")},
            {QStringLiteral("additionalProperties"), false},
            {QStringLiteral("properties"), properties}};
}

QJsonObject toObject(const ProviderTimes &times)
{
    QJsonObject o;
    for (const TimeRow &row : timeRows) {
        if (const auto time = times.*row.member)
            o[QLatin1String(row.key)] = toSeconds(*time);
    }
    return o;
}

ProviderTimes readTimes(const QJsonValue &value, const FieldReport &report)
{
    ProviderTimes times;
    if (!value.isObject())
        report.error(QStringLiteral("Must be an object, such as {\"first_token_timeout_s\": 120}."));
    const QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it) {
        const auto row = std::find_if(std::begin(timeRows), std::end(timeRows),
                                      [&](const TimeRow &r) { return it.key() == QLatin1String(r.key); });
        const double seconds = it.value().toDouble(-1.0);
        if (row == std::end(timeRows))
            report.at(it.key()).error(QStringLiteral("Not known here. Use connect_timeout_s, first_token_timeout_s, "
                                                     "idle_timeout_s, attempt_timeout_s or stream_timeout_s."));
        else if (const RetryConfigField &field = policyField(row->key);
                 seconds < field.minimum || seconds > field.maximum)
            report.at(it.key()).error(
                QStringLiteral("Must be from %1 to %2 seconds.").arg(field.minimum).arg(field.maximum));
        else
            times.*row->member = fromSeconds(seconds);
    }
    return times;
}

ProviderField timeouts()
{
    return {"timeouts",
            "Limits of time in seconds for this provider, in place of the retry settings of the same names.",
            timesSchema(),
            [](const ProviderConfig &p) { return unlessEmpty(toObject(p.times)); },
            [](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
                p.times = readTimes(value, report);
            }, {}};
}

ProviderField modelTimeouts()
{
    return {
        "model_timeouts",
        "Limits of time of single models, in place of those of the provider; a name may hold * and ?.",
        {{QStringLiteral("type"), QStringLiteral("object")}, {QStringLiteral("additionalProperties"), timesSchema()}},
        [](const ProviderConfig &p) {
            QJsonObject o;
            for (auto it = p.modelTimes.begin(); it != p.modelTimes.end(); ++it)
                o.insert(it.key(), toObject(*it));
            return unlessEmpty(o);
        },
        [](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
            p.modelTimes.clear();
            if (!value.isObject())
                report.error(QStringLiteral("Must be an object of models and their limits, such as {\"o3-pro\": "
                                            "{\"first_token_timeout_s\": 600}}."));
            const QJsonObject object = value.toObject();
            for (auto it = object.begin(); it != object.end(); ++it)
                p.modelTimes.insert(it.key(), readTimes(it.value(), report.at(it.key())));
        }, checkModelTimes};
}

/// What says which provider it is and how it is asked at all: always written.
QVector<ProviderField> identity()
{
    ProviderField name =
        text("name", "What it is called in the window; its id where it has none.", &ProviderConfig::name, nullptr);
    ProviderField id =
        text("id", "Its own short name: 1 to 64 of a-z, 0-9, dot, dash and underscore.", &ProviderConfig::id, checkId);
    ProviderField model =
        text("model", "The model that is asked where a call names none.", &ProviderConfig::model, checkModel);
    for (auto [field, member] : {std::pair{&name, &ProviderConfig::name}, std::pair{&id, &ProviderConfig::id},
                                 std::pair{&model, &ProviderConfig::model}})
        field->get = [member = member](const ProviderConfig &p) { return QJsonValue(p.*member); };
    const ProviderField protocol{
        "protocol", "The wire that its server speaks.", oneOf(wireKeys()),
        [](const ProviderConfig &p) { return QJsonValue(toKey(p.protocol)); },
        [](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
            if (const auto kind = protocolFromKey(value.toString()))
                p.protocol = *kind;
            else
                report.error(
                    QStringLiteral("\"%1\" is not known. Use %2.").arg(value.toString().left(60), listed(wireKeys())));
        },
        {}};
    const ProviderField baseUrl{"base_url",
                                "The address below which its paths stand, such as https://api.openai.com/v1.",
                                ofType("string"),
                                [](const ProviderConfig &p) {
                                    QUrl url = p.baseUrl;
                                    if (p.simulated)
                                        url.setPort(0); // the sandbox chooses its port anew at each start
                                    return QJsonValue(url.toString());
                                },
                                [](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
                                    if (!value.isString())
                                        report.error(QStringLiteral("Must be a text in quotes."));
                                    p.baseUrl = QUrl(value.toString(), QUrl::StrictMode);
                                }, checkBaseUrl};
    return {id,      name,  protocol,
            baseUrl, model, flag("enabled", "Off: it is kept and never asked.", &ProviderConfig::enabled, true)};
}

QVector<ProviderField> makeFields()
{
    QVector<ProviderField> fields = identity();
    fields << text("key", "Where its key stands: env:NAME is an environment variable, keychain:NAME this machine's keychain.", &ProviderConfig::keyReference,
                   checkKey);
    fields << ProviderField{
        "keys",
        "Further keys, as references; the next one is taken while one is limited or refused. Each is an account of its "
        "own.", listOfTexts(),
        [](const ProviderConfig &p) {
            return p.keys.isEmpty() ? QJsonValue(QJsonValue::Undefined)
                                    : QJsonValue(QJsonArray::fromStringList(p.keys));
        },
        [](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) { p.keys = readList(value, report); },
        checkKeys};
    fields << text("account", "Providers with the same one share quota and key blocks.", &ProviderConfig::account,
                   nullptr);
    fields << text("idempotency_header",
                   "A header that carries one key for all attempts of a call, where the server takes such.",
                   &ProviderConfig::idempotencyHeader, checkIdempotencyHeader);
    fields << map("headers",
                  "Sent with every request. What is secret must be a reference, such as env:NAME, keychain:NAME or Bearer env:NAME.",
                  &ProviderConfig::headers, checkHeaders);
    fields << map("query", "Added to every address, such as api-version. What is secret must be a reference.",
                  &ProviderConfig::query, checkQuery);
    fields << parameters();
    fields << map(
        "model_map",
        "What a model of another vendor is called here, for calls that name one and fail over; \"*\" is any other.",
        &ProviderConfig::modelMap, checkModelMap);
    fields << number("context_window",
                     "Tokens that prompt and answer may have together: a prompt that was too long elsewhere is sent to "
                     "a larger one.",
                     &ProviderConfig::contextWindow, 0, 1e9);
    fields << number("priority", "A lower one is asked first; equal ones in the order of the list.",
                     &ProviderConfig::priority, -1000, 1000);
    fields << ProviderField{
        "end",
        "What ends its streams: protocol, mark ([DONE] alone is enough) or connection (its close is enough).",
        oneOf({QStringLiteral("protocol"), QStringLiteral("mark"), QStringLiteral("connection")}),
        [](const ProviderConfig &p) {
            return p.end == EndRule::Protocol ? QJsonValue(QJsonValue::Undefined) : QJsonValue(toKey(p.end));
        },
        [](ProviderConfig &p, const QJsonValue &value, const FieldReport &report) {
            if (const auto rule = endRuleFromKey(value.toString()))
                p.end = *rule;
            else
                report.error(QStringLiteral("\"%1\" is not known. Use protocol, mark ([DONE] alone is enough) or "
                                            "connection (its close is enough).")
                                 .arg(value.toString().left(60)));
        }, {}};
    fields << timeouts() << modelTimeouts();
    fields << text("proxy",
                   "http://HOST:PORT, socks5://HOST:PORT, none, or a reference to such; else as the environment says.",
                   &ProviderConfig::proxy, checkProxy);
    fields << text("ca_file", "A PEM file of authorities that are trusted beside the system's.",
                   &ProviderConfig::caFile, checkCaFile);
    fields << flag("simulated", "On, with port 0 in base_url: the program serves it itself.",
                   &ProviderConfig::simulated, false);
    return fields;
}

} // namespace

const QVector<ProviderField> &providerFields()
{
    static const QVector<ProviderField> fields = makeFields();
    return fields;
}

void checkProvider(const ProviderConfig &provider, const FieldReport &report)
{
    for (const ProviderField &field : providerFields()) {
        if (field.check)
            field.check(provider, report.at(QLatin1String(field.key)));
    }
}

QJsonObject configurationSchema()
{
    QJsonObject provider, retry;
    for (const ProviderField &field : providerFields()) {
        QJsonObject schema = field.schema;
        schema[QLatin1String("description")] = QLatin1String(field.help);
        provider[QLatin1String(field.key)] = schema;
    }
    for (const RetryConfigField &field : retryConfigFields()) {
        QJsonObject schema = ofType(field.kind == FieldKind::Switch    ? "boolean"
                                    : field.kind == FieldKind::Integer ? "integer"
                                                                       : "number");
        if (field.kind == FieldKind::Choice) {
            QStringList words;
            for (const char *word : field.choices)
                words << QLatin1String(word);
            schema = oneOf(words);
        } else if (field.kind != FieldKind::Switch) {
            schema[QLatin1String("minimum")] = field.minimum;
            schema[QLatin1String("maximum")] = field.maximum;
        }
        schema[QLatin1String("description")] = QLatin1String(field.help);
        retry[QLatin1String(field.key)] = schema;
    }
    const QJsonArray needed{QStringLiteral("id"), QStringLiteral("protocol"), QStringLiteral("base_url"),
                            QStringLiteral("model")};
    const QJsonObject item{{QStringLiteral("type"), QStringLiteral("object")},
                           {QStringLiteral("properties"), provider},
                           {QStringLiteral("required"), needed}};
    QJsonObject properties{
        {QStringLiteral("providers"),
         QJsonObject{{QStringLiteral("type"), QStringLiteral("array")}, {QStringLiteral("items"), item}}},
        {QStringLiteral("retry"),
         QJsonObject{{QStringLiteral("type"), QStringLiteral("object")}, {QStringLiteral("properties"), retry}}},
        {QStringLiteral("routes"),
         QJsonObject{{QStringLiteral("type"), QStringLiteral("object")},
                     {QStringLiteral("description"), QStringLiteral("Chains of providers' ids by name, for other programs.")},
                     {QStringLiteral("additionalProperties"),
                      QJsonObject{{QStringLiteral("type"), QStringLiteral("array")}, {QStringLiteral("items"), ofType("string")}}}}},
        {QStringLiteral("history"), ofType("string")},
        {QStringLiteral("fleet"), ofType("string")},
        {QStringLiteral("version"), QJsonObject{{QStringLiteral("const"), 1}}}};
    const QJsonObject reporting = reportingSchema();
    for (auto it = reporting.begin(); it != reporting.end(); ++it)
        properties[it.key()] = it.value();
    return {{QStringLiteral("$schema"), QStringLiteral("https://json-schema.org/draft/2020-12/schema")},
            {QStringLiteral("type"), QStringLiteral("object")},
            {QStringLiteral("properties"), properties}};
}

} // namespace retryscope
