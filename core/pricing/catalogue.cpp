// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "pricing/catalogue.h"

#include "base/coreresources.h"
#include "base/wildcard.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QThreadPool>

#include <algorithm>

namespace retryscope {
namespace {

constexpr qsizetype mostKnown = 4096;

/// claude-haiku-4-5-20251001 is also listed as claude-haiku-4-5-2025-10-01.
QString withDashedDate(QString model)
{
    static const QRegularExpression date(QStringLiteral("-(20\\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\\d|3[01])(?=-|:|$)"));
    return model.replace(date, QStringLiteral("-\\1-\\2-\\3"));
}

std::optional<double> amount(const QJsonObject &object, const char *key)
{
    const QJsonValue value = object[QLatin1String(key)];
    return value.isDouble() && value.toDouble() >= 0.0 ? std::optional(value.toDouble()) : std::nullopt;
}

std::optional<QDate> day(const QJsonValue &value)
{
    const QDate date = QDate::fromString(value.toString(), Qt::ISODate);
    return date.isValid() ? std::optional(date) : std::nullopt;
}

ListedPrice readPrice(const QJsonObject &o)
{
    ListedPrice price{amount(o, "input"),
                      amount(o, "output"),
                      amount(o, "cached_input"), {},
                      day(o[QLatin1String("valid_from")]), {}};
    for (const QJsonValue &value : o[QLatin1String("tiers")].toArray()) {
        const QJsonObject tier = value.toObject();
        price.tiers.append({tier[QLatin1String("above")].toInteger(), amount(tier, "input"), amount(tier, "output"),
                            amount(tier, "cached_input")});
    }
    if (const QJsonArray hours = o[QLatin1String("hours")].toArray(); hours.size() == 2)
        price.hours = {QTime::fromString(hours[0].toString().left(8), Qt::ISODate),
                       QTime::fromString(hours[1].toString().left(8), Qt::ISODate)};
    return price;
}

bool holds(const ListedPrice &price, const QDateTime &when)
{
    if (price.from)
        return when.date() >= *price.from;
    if (!price.hours)
        return true;
    const auto [from, until] = *price.hours;
    return from <= until ? when.time() >= from && when.time() < until : when.time() >= from || when.time() < until;
}

} // namespace

/// A name with wildcards, a regular expression, or several of which all must fit. Names are in lower case.
struct Catalogue::Pattern
{
    QString wildcard;
    std::optional<QRegularExpression> expression;
    std::vector<Pattern> all;

    bool fits(const QString &model) const
    {
        if (!all.empty())
            return std::all_of(all.begin(), all.end(), [&](const Pattern &one) { return one.fits(model); });
        return expression ? expression->match(model).hasMatch() : fitsWildcard(wildcard, model);
    }
};

struct Catalogue::Entry
{
    std::vector<Pattern> patterns; ///< any of these
    ListedModel model;
    bool ends = false;             ///< says only when the model ends

    bool fits(const QString &name) const
    {
        return std::any_of(patterns.begin(), patterns.end(), [&](const Pattern &one) { return one.fits(name); });
    }
};

struct Catalogue::Vendor
{
    QString id, name;
    QRegularExpression url;
    QStringList fallback; ///< vendors whose models it serves, too
    std::vector<Entry> entries;
};

Catalogue::Catalogue() = default;
Catalogue::~Catalogue() = default;

QByteArray readResource(const QString &name)
{
    loadCoreResources();
    QFile file(QStringLiteral(":/retryscope/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

const Catalogue &Catalogue::builtIn()
{
    static const std::unique_ptr<Catalogue> catalogue = [] {
        auto read = fromJson(readResource(QStringLiteral("prices.json")));
        return read ? std::move(*read) : std::unique_ptr<Catalogue>(new Catalogue);
    }();
    return *catalogue;
}

void Catalogue::readAhead()
{
    QThreadPool::globalInstance()->start([] { builtIn(); });
}

std::optional<Catalogue::Pattern> Catalogue::readPattern(const QJsonValue &value)
{
    Pattern pattern;
    for (const QJsonValue &one : value[QLatin1String("all")].toArray()) {
        auto part = readPattern(one);
        if (!part)
            return std::nullopt;
        pattern.all.push_back(*std::move(part));
    }
    const QString text = value.toString();
    if (text.size() > 2 && text.startsWith(QLatin1Char('/')) && text.endsWith(QLatin1Char('/'))) {
        pattern.expression.emplace(text.mid(1).chopped(1));
        return pattern.expression->isValid() ? std::optional(pattern) : std::nullopt;
    }
    pattern.wildcard = text;
    return text.isEmpty() && pattern.all.empty() ? std::nullopt : std::optional(pattern);
}

std::optional<Catalogue::Entry> Catalogue::readEntry(const QJsonObject &object, const QString &vendor)
{
    Entry entry;
    for (const QJsonValue &value : object[QLatin1String("model")].toArray()) {
        auto pattern = readPattern(value);
        if (!pattern)
            return std::nullopt;
        entry.patterns.push_back(*std::move(pattern));
    }
    ListedModel &model = entry.model;
    model.vendor = vendor;
    model.contextWindow = object[QLatin1String("context_window")].toInteger();
    model.deprecated = object[QLatin1String("deprecated")].toBool();
    model.gone = object[QLatin1String("gone")].toBool();
    model.shutdown = day(object[QLatin1String("shutdown")]);
    entry.ends = object[QLatin1String("ends")].toBool();
    for (const QJsonValue &value : object[QLatin1String("prices")].toArray())
        model.prices.append(readPrice(value.toObject()));
    return entry.patterns.empty() ? std::nullopt : std::optional(std::move(entry));
}

bool Catalogue::readVendor(const QJsonObject &object, Vendor *vendor)
{
    vendor->id = object[QLatin1String("id")].toString();
    vendor->name = object[QLatin1String("name")].toString(vendor->id);
    vendor->url.setPattern(QStringLiteral("^(?:%1)").arg(object[QLatin1String("url")].toString()));
    for (const QJsonValue &id : object[QLatin1String("fallback")].toArray())
        vendor->fallback << id.toString();
    const QJsonArray models = object[QLatin1String("models")].toArray();
    vendor->entries.reserve(std::size_t(models.size()));
    for (const QJsonValue &value : models) {
        auto entry = readEntry(value.toObject(), vendor->name);
        if (!entry)
            return false;
        vendor->entries.push_back(*std::move(entry));
    }
    return !vendor->id.isEmpty() && !object[QLatin1String("url")].toString().isEmpty() && vendor->url.isValid();
}

Expected<std::unique_ptr<Catalogue>, QString> Catalogue::fromJson(const QByteArray &json)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    const QJsonArray vendors = document[QLatin1String("vendors")].toArray();
    if (error.error != QJsonParseError::NoError)
        return Unexpected{
            QStringLiteral("The price data are damaged at byte %1 (%2).").arg(error.offset).arg(error.errorString())};
    if (document[QLatin1String("version")] != QJsonValue(2) || vendors.isEmpty())
        return Unexpected{QStringLiteral("The price data are of a version that this program does not know.")};
    std::unique_ptr<Catalogue> catalogue(new Catalogue);
    catalogue->m_vendors.resize(std::size_t(vendors.size()));
    for (qsizetype i = 0; i < vendors.size(); ++i) {
        if (!readVendor(vendors[i].toObject(), &catalogue->m_vendors[std::size_t(i)]))
            return Unexpected{
                QStringLiteral("The price data hold a vendor that cannot be read, at vendors[%1].").arg(i)};
    }
    return catalogue;
}

const Catalogue::Vendor *Catalogue::vendorOf(const ModelAt &model) const
{
    const QString url = model.baseUrl.toString();
    const auto byUrl = std::find_if(m_vendors.begin(), m_vendors.end(),
                                    [&](const Vendor &v) { return !url.isEmpty() && v.url.match(url).hasMatch(); });
    if (byUrl != m_vendors.end())
        return &*byUrl;
    static const QJsonObject wires =
        QJsonDocument::fromJson(readResource(QStringLiteral("models.json")))[QLatin1String("vendors")].toObject();
    const QString id = wires[model.protocol].toString();
    const auto byWire = std::find_if(m_vendors.begin(), m_vendors.end(), [&](const Vendor &v) { return v.id == id; });
    return byWire == m_vendors.end() ? nullptr : &*byWire;
}

/// The first that fits decides, also one of which nothing is known.
const Catalogue::Entry *Catalogue::search(const Vendor &vendor, const QString &model, bool fallbacks) const
{
    for (const Entry &entry : vendor.entries) {
        if (!entry.ends && entry.fits(model))
            return &entry;
    }
    for (const Vendor &other : m_vendors) {
        if (!fallbacks || !vendor.fallback.contains(other.id))
            continue;
        if (const Entry *entry = search(other, model, false))
            return entry;
    }
    return nullptr;
}

const ListedModel *Catalogue::find(const ModelAt &at) const
{
    const QString key = at.protocol + QLatin1Char('\n') + at.baseUrl.toString() + QLatin1Char('\n') + at.model;
    QMutexLocker lock(&m_mutex);
    auto known = m_known.constFind(key);
    if (known == m_known.constEnd()) {
        const Vendor *vendor = at.model.isEmpty() ? nullptr : vendorOf(at);
        const QString name = at.model.toLower(), dashed = withDashedDate(name);
        const Entry *entry = vendor ? search(*vendor, name, true) : nullptr;
        if (!entry && vendor && dashed != name)
            entry = search(*vendor, dashed, true);
        if (m_known.size() >= mostKnown)
            m_known.clear();
        known = m_known.insert(key, entry);
    }
    return *known ? &(*known)->model : nullptr;
}

std::optional<ListedModel> Catalogue::ending(const ModelAt &at) const
{
    const Vendor *vendor = vendorOf(at);
    if (!vendor)
        return std::nullopt;
    for (const Entry &entry : vendor->entries) {
        if (entry.ends && entry.fits(at.model.toLower()))
            return entry.model;
    }
    const ListedModel *model = find(at);
    return model && (model->deprecated || model->shutdown) ? std::optional(*model) : std::nullopt;
}

/// The first name of each entry; one that ends with an asterisk is a name with a date behind it.
QStringList Catalogue::names(const ModelAt &at) const
{
    QStringList names;
    const Vendor *vendor = vendorOf(at);
    if (!vendor)
        return names;
    for (const Entry &entry : vendor->entries) {
        for (const Pattern &pattern : entry.patterns) {
            QString name = pattern.wildcard;
            if (name.endsWith(QLatin1Char('*')))
                name.chop(1);
            if (entry.model.gone || name.isEmpty() || name.contains(QLatin1Char('*')) || name.contains(QLatin1Char('?'))
                || name.endsWith(QLatin1Char('-')))
                continue;
            names << name;
            break;
        }
    }
    names.removeDuplicates();
    return names;
}

qsizetype Catalogue::size() const
{
    qsizetype total = 0;
    for (const Vendor &vendor : m_vendors)
        total += qsizetype(vendor.entries.size());
    return total;
}

std::optional<ListedPrice> priceAt(const ListedModel &model, WallTime when)
{
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(when.time_since_epoch().count(), Qt::UTC);
    const auto last = std::find_if(model.prices.rbegin(), model.prices.rend(),
                                   [&](const ListedPrice &price) { return holds(price, at); });
    if (last == model.prices.rend() || !last->input || !last->output)
        return std::nullopt;
    return *last;
}

QString defaultModel(const QString &wireKey)
{
    static const QJsonObject defaults =
        QJsonDocument::fromJson(readResource(QStringLiteral("models.json")))[QLatin1String("defaults")].toObject();
    return defaults[wireKey].toString();
}

} // namespace retryscope
