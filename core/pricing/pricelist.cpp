// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "pricing/pricelist.h"

#include "base/userfiles.h"
#include "base/wildcard.h"
#include "protocols/registry.h"

#include <QDate>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTimeZone>

#include <cmath>

namespace retryscope {
namespace {

constexpr qint64 maxFile = 4 << 20;
constexpr double maxPrice = 1e6; ///< a dollar a token: beyond it the unit was mistaken
constexpr double perMillion = 1e-6;

qsizetype literals(const Price &price)
{
    const auto wild = [](QChar c) { return c == QLatin1Char('*') || c == QLatin1Char('?'); };
    const qsizetype named = (price.protocol == QLatin1String("*") ? 0 : 1) + (price.host.isEmpty() ? 0 : 1);
    return 3 * std::count_if(price.model.begin(), price.model.end(), [&](QChar c) { return !wild(c); }) + named;
}

bool fits(const Price &price, const ModelAt &at)
{
    return fitsWildcard(price.model, at.model)
           && (price.protocol == QLatin1String("*") || price.protocol == at.protocol)
           && (price.host.isEmpty() || fitsWildcard(price.host, at.baseUrl.host(), Qt::CaseInsensitive));
}

/// Reads one entry; what is wrong is reported under `where`.
class EntryReader
{
public:
    EntryReader(const QJsonObject &object, QString where, ConfigIssues *issues)
        : m_object(object), m_where(std::move(where)), m_issues(issues)
    {}

    Price read()
    {
        Price p{text("protocol"),
                text("model"), amount("input").value_or(0.0), amount("output").value_or(0.0),
                {}, date(),
                {}, false, {}, {}};
        if (m_object.contains(QLatin1String("cached_input")))
            p.cachedInput = amount("cached_input");
        p.source = m_object[QLatin1String("source")].toString().left(200);
        p.simulated = m_object[QLatin1String("simulated")].toBool();
        if (m_object.contains(QLatin1String("host")))
            p.host = text("host");
        p.tiers = tiers();
        static const QStringList protocols = wireKeys() << QStringLiteral("*");
        if (!p.protocol.isEmpty() && !protocols.contains(p.protocol))
            report("protocol", QStringLiteral("\"%1\" is not known. Use %2 (any).")
                                   .arg(p.protocol.left(60), protocols.join(QLatin1String(", "))));
        warnOfUnknownKeys();
        return p;
    }

private:
    void report(const char *key, const QString &message, ConfigIssue::Severity severity = ConfigIssue::Severity::Error)
    {
        m_issues->append({m_where + QLatin1Char('.') + QLatin1String(key), message, severity});
    }
    QString text(const char *key)
    {
        const QString value = m_object[QLatin1String(key)].toString();
        if (value.isEmpty() || value.size() > 200)
            report(key, QStringLiteral("Must be a text in quotes of 1 to 200 characters."));
        return value;
    }
    std::optional<double> amount(const char *key)
    {
        const QJsonValue value = m_object[QLatin1String(key)];
        if (value.isDouble() && value.toDouble() >= 0.0 && value.toDouble() <= maxPrice)
            return value.toDouble();
        report(
            key,
            QStringLiteral("Must be a number of US dollars per million tokens, from 0 to %1.").arg(qint64(maxPrice)));
        return std::nullopt;
    }
    QVector<PriceTier> tiers()
    {
        const QJsonValue list = m_object.value(QLatin1String("tiers"));
        QVector<PriceTier> tiers;
        bool right = list.isUndefined() || list.isArray();
        for (const QJsonValue &value : list.toArray()) {
            const QJsonObject o = value.toObject();
            const auto price = [&](const char *key) -> std::optional<double> {
                const QJsonValue v = o[QLatin1String(key)];
                right &= v.isUndefined() || (v.isDouble() && v.toDouble() >= 0.0 && v.toDouble() <= maxPrice);
                return v.isDouble() ? std::optional(v.toDouble()) : std::nullopt;
            };
            const qint64 above = o[QLatin1String("above")].toInteger(-1);
            right &= above >= 0 && (tiers.isEmpty() || above > tiers.last().above);
            tiers.append({above, price("input"), price("output"), price("cached_input")});
        }
        if (!right)
            report("tiers", QStringLiteral("Must be a list such as [{\"above\": 200000, \"input\": 6, \"output\": "
                                           "22.5}], by the tokens of the prompt, the smallest first."));
        return tiers;
    }
    WallTime date()
    {
        const QDate day = QDate::fromString(m_object[QLatin1String("valid_from")].toString(), Qt::ISODate);
        if (!day.isValid() || day.year() < 1970 || day.year() > 9999)
            report("valid_from", QStringLiteral("Must be the first day of the price, such as \"2025-08-07\"."));
        return WallTime(std::chrono::milliseconds(day.isValid() ? day.startOfDay(Qt::UTC).toMSecsSinceEpoch() : 0));
    }
    void warnOfUnknownKeys()
    {
        static const QStringList known{QStringLiteral("protocol"),     QStringLiteral("model"),
                                       QStringLiteral("input"),        QStringLiteral("output"),
                                       QStringLiteral("cached_input"), QStringLiteral("valid_from"),
                                       QStringLiteral("source"),       QStringLiteral("simulated"),
                                       QStringLiteral("host"),         QStringLiteral("tiers")};
        for (const QString &key : m_object.keys()) {
            if (!known.contains(key))
                report(qPrintable(key.left(60)), QStringLiteral("Unknown key; it has no effect. Check the spelling."),
                       ConfigIssue::Severity::Warning);
        }
    }

    QJsonObject m_object;
    QString m_where;
    ConfigIssues *m_issues;
};

QString parseErrorText(const QByteArray &json, const QJsonParseError &error)
{
    if (error.error == QJsonParseError::NoError)
        return QStringLiteral("The file must hold one JSON object with a list named \"prices\".");
    const QByteArray before = json.left(error.offset);
    return QStringLiteral("Not valid JSON at line %1, column %2: %3.")
        .arg(before.count('\n') + 1)
        .arg(error.offset - before.lastIndexOf('\n'))
        .arg(error.errorString());
}

} // namespace

std::optional<Price> PriceList::find(const ModelAt &model, WallTime date) const
{
    for (const QVector<Price> &layer : m_layers) {
        const Price *best = nullptr;
        for (const Price &price : layer) {
            if (price.validFrom > date || !fits(price, model))
                continue;
            if (!best || std::pair(literals(price), price.validFrom) > std::pair(literals(*best), best->validFrom))
                best = &price;
        }
        if (best)
            return *best;
    }
    const ListedModel *listed = m_catalogue ? Catalogue::builtIn().find(model) : nullptr;
    const auto price = listed ? priceAt(*listed, date) : std::nullopt;
    if (!price)
        return std::nullopt;
    const WallTime from{
        std::chrono::milliseconds(price->from ? price->from->startOfDay(Qt::UTC).toMSecsSinceEpoch() : 0)};
    return Price{model.protocol, model.model, *price->input, *price->output, price->cachedInput, from, listed->vendor,
                 false,          {},          price->tiers};
}

std::optional<double> PriceList::cost(const ModelAt &model, const TokenCount &tokens, WallTime date) const
{
    auto price = find(model, date);
    if (!price || tokens.in < 0 || tokens.out < 0 || tokens.cached < 0 || tokens.cached > tokens.in)
        return std::nullopt;
    for (const PriceTier &tier : std::as_const(price->tiers)) {
        if (tokens.in <= tier.above)
            break;
        price->input = tier.input.value_or(price->input);
        price->output = tier.output.value_or(price->output);
        if (tier.cachedInput)
            price->cachedInput = tier.cachedInput;
    }
    return perMillion
           * (price->input * double(tokens.in - tokens.cached)
              + price->cachedInput.value_or(price->input) * double(tokens.cached) + price->output * double(tokens.out));
}

qint64 PriceList::contextWindow(const ModelAt &model) const
{
    const ListedModel *listed = m_catalogue ? Catalogue::builtIn().find(model) : nullptr;
    return listed ? listed->contextWindow : 0;
}

void PriceList::overlay(const PriceList &above)
{
    m_layers = above.m_layers + m_layers;
    m_catalogue |= above.m_catalogue;
}

qsizetype PriceList::size() const
{
    qsizetype total = 0;
    for (const QVector<Price> &layer : m_layers)
        total += layer.size();
    return total;
}

PriceList PriceList::builtIn()
{
    PriceList prices = pricesFromJson(readResource(QStringLiteral("simulatedprices.json"))).prices;
    prices.m_catalogue = true;
    return prices;
}

LoadedPrices pricesFromJson(const QByteArray &json)
{
    LoadedPrices loaded;
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    const QJsonValue list = document.object()[QLatin1String("prices")];
    if (!list.isArray()) {
        loaded.issues.append({QStringLiteral("(file)"), parseErrorText(json, error)});
        return loaded;
    }
    QVector<Price> prices;
    for (const QJsonValue &value : list.toArray()) {
        const QString where = QStringLiteral("prices[%1]").arg(prices.size());
        if (!value.isObject())
            loaded.issues.append(
                {where, QStringLiteral("Must be an object with protocol, model, input, output and valid_from.")});
        prices.append(value.isObject() ? EntryReader(value.toObject(), where, &loaded.issues).read() : Price());
    }
    if (!hasErrors(loaded.issues))
        loaded.prices = PriceList(prices);
    return loaded;
}

LoadedPrices loadPrices(const QString &userFile)
{
    LoadedPrices loaded{PriceList::builtIn(), {}};
    if (!QFileInfo::exists(userFile))
        return loaded;
    const auto bytes = readRegularFile(userFile, maxFile);
    if (!bytes) {
        const QString what = bytes.error();
        loaded.issues.append(
            {userFile, what.left(1).toUpper() + what.mid(1) + QStringLiteral(". Check the path and its permissions.")});
        return loaded;
    }
    const LoadedPrices own = pricesFromJson(*bytes);
    loaded.issues = own.issues;
    loaded.prices.overlay(own.prices);
    return loaded;
}

QString pricesFileBeside(const QString &configurationFile)
{
    return QFileInfo(configurationFile).dir().filePath(QStringLiteral("prices.json"));
}

} // namespace retryscope
