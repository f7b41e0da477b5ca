// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "telemetry/pricelist.h"

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

static void loadResources() { Q_INIT_RESOURCE(core); } // not inside a namespace

namespace retryscope {
namespace {

constexpr qint64 maxFile = 4 << 20;
constexpr double maxPrice = 1e6; ///< a dollar a token: beyond it the unit was mistaken
constexpr double perMillion = 1e-6;

qsizetype literals(const Price &price)
{
    const auto wild = [](QChar c) { return c == QLatin1Char('*') || c == QLatin1Char('?'); };
    const qsizetype named = price.protocol == QLatin1String("*") ? 0 : 1;
    return 2 * std::count_if(price.model.begin(), price.model.end(), [&](QChar c) { return !wild(c); }) + named;
}

/// Reads one entry; what is wrong is reported under `where`.
class EntryReader
{
public:
    EntryReader(const QJsonObject &object, QString where, ConfigIssues *issues) : m_object(object), m_where(std::move(where)), m_issues(issues) {}

    Price read()
    {
        Price p{text("protocol"), text("model"), amount("input").value_or(0.0), amount("output").value_or(0.0), {}, date(), {}, false};
        if (m_object.contains(QLatin1String("cached_input")))
            p.cachedInput = amount("cached_input");
        p.source = m_object[QLatin1String("source")].toString().left(200);
        p.simulated = m_object[QLatin1String("simulated")].toBool();
        static const QStringList protocols = wireKeys() << QStringLiteral("*");
        if (!p.protocol.isEmpty() && !protocols.contains(p.protocol))
            report("protocol", QStringLiteral("\"%1\" is not known. Use %2 (any).").arg(p.protocol.left(60), protocols.join(QLatin1String(", "))));
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
        report(key, QStringLiteral("Must be a number of US dollars per million tokens, from 0 to %1.").arg(qint64(maxPrice)));
        return std::nullopt;
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
        static const QStringList known{QStringLiteral("protocol"), QStringLiteral("model"), QStringLiteral("input"), QStringLiteral("output"), QStringLiteral("cached_input"), QStringLiteral("valid_from"), QStringLiteral("source"), QStringLiteral("simulated")};
        for (const QString &key : m_object.keys()) {
            if (!known.contains(key))
                report(qPrintable(key.left(60)), QStringLiteral("Unknown key; it has no effect. Check the spelling."), ConfigIssue::Severity::Warning);
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
    return QStringLiteral("Not valid JSON at line %1, column %2: %3.").arg(before.count('\n') + 1).arg(error.offset - before.lastIndexOf('\n')).arg(error.errorString());
}

} // namespace

std::optional<Price> PriceList::find(QStringView protocolKey, QStringView model, WallTime date) const
{
    for (const QVector<Price> &layer : m_layers) {
        const Price *best = nullptr;
        for (const Price &price : layer) {
            if (price.validFrom > date || !fitsWildcard(price.model, model) || (price.protocol != QLatin1String("*") && price.protocol != protocolKey))
                continue;
            if (!best || std::pair(literals(price), price.validFrom) > std::pair(literals(*best), best->validFrom))
                best = &price;
        }
        if (best)
            return *best;
    }
    return std::nullopt;
}

std::optional<double> PriceList::cost(QStringView protocolKey, QStringView model, int tokensIn, int tokensOut, WallTime date, int cachedIn) const
{
    const auto price = find(protocolKey, model, date);
    if (!price || tokensIn < 0 || tokensOut < 0 || cachedIn < 0 || cachedIn > tokensIn)
        return std::nullopt;
    return perMillion * (price->input * (tokensIn - cachedIn) + price->cachedInput.value_or(price->input) * cachedIn + price->output * tokensOut);
}

void PriceList::overlay(const PriceList &above) { m_layers = above.m_layers + m_layers; }

qsizetype PriceList::size() const
{
    qsizetype total = 0;
    for (const QVector<Price> &layer : m_layers)
        total += layer.size();
    return total;
}

PriceList PriceList::builtIn()
{
    loadResources();
    QFile file(QStringLiteral(":/retryscope/prices.json"));
    return file.open(QIODevice::ReadOnly) ? pricesFromJson(file.readAll()).prices : PriceList();
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
            loaded.issues.append({where, QStringLiteral("Must be an object with protocol, model, input, output and valid_from.")});
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
        loaded.issues.append({userFile, what.left(1).toUpper() + what.mid(1) + QStringLiteral(". Check the path and its permissions.")});
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
