// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/expected.h"
#include "base/time.h"

#include <QDate>
#include <QHash>
#include <QJsonObject>
#include <QMutex>
#include <QRegularExpression>
#include <QStringList>
#include <QUrl>
#include <QVector>

#include <memory>
#include <optional>

namespace retryscope {

/// A model where it is asked for: the vendor is known by the base URL, else by a wire that is a vendor's own.
struct ModelAt
{
    QString protocol; ///< key of a wire
    QUrl baseUrl;
    QString model;
};

/// What differs when the prompt is longer than `above` tokens; for every token of the call, not only for those beyond.
struct PriceTier
{
    qint64 above = 0;
    std::optional<double> input, output, cachedInput; ///< US dollars per million tokens; none: as without the tier
    bool operator==(const PriceTier &) const = default;
};

/// One price of a model, and when it holds.
struct ListedPrice
{
    std::optional<double> input, output, cachedInput; ///< US dollars per million tokens
    QVector<PriceTier> tiers;                         ///< by `above`, ascending
    std::optional<QDate> from;                        ///< the first day (UTC)
    std::optional<std::pair<QTime, QTime>> hours;     ///< from, until (UTC); may pass midnight
};

/// What a vendor's model is known to be.
struct ListedModel
{
    QString vendor;             ///< its name, for people
    qint64 contextWindow = 0;   ///< tokens; 0: not known
    bool deprecated = false;
    bool gone = false;
    std::optional<QDate> shutdown; ///< the day from which it is not served
    QVector<ListedPrice> prices;   ///< the last that holds counts; none: not known
};

/// Vendors, their models and prices, as resources/prices.json has them from @pydantic/genai-prices. What is not in it is not
/// known. Any thread; looking up costs little the second time.
class Catalogue
{
public:
    ~Catalogue();
    /// The one that comes with the program; read when it is first asked for.
    static const Catalogue &builtIn();
    /// On another thread, so that the first answer that is priced need not wait for it; tens of milliseconds.
    static void readAhead();
    /// The error is a sentence.
    static Expected<std::unique_ptr<Catalogue>, QString> fromJson(const QByteArray &json);

    /// None: not known.
    const ListedModel *find(const ModelAt &model) const;
    /// When and whether it ends, which a list of its own may say of models that the prices do not know. None: not known to.
    std::optional<ListedModel> ending(const ModelAt &model) const;
    /// Names of models that the vendor of this provider serves, as far as they are known; none that is gone.
    QStringList names(const ModelAt &at) const;
    qsizetype size() const;

private:
    struct Pattern;
    struct Entry;
    struct Vendor;
    Catalogue();
    const Vendor *vendorOf(const ModelAt &model) const;
    const Entry *search(const Vendor &vendor, const QString &model, bool fallbacks) const;
    static bool readVendor(const QJsonObject &object, Vendor *vendor);
    static std::optional<Entry> readEntry(const QJsonObject &object, const QString &vendor);
    static std::optional<Pattern> readPattern(const QJsonValue &value);

    std::vector<Vendor> m_vendors;
    mutable QMutex m_mutex;  ///< guards m_known
    mutable QHash<QString, const Entry *> m_known; ///< by vendor and model
};

/// The price that holds at a moment; none: not known.
std::optional<ListedPrice> priceAt(const ListedModel &model, WallTime when);
/// The model that a new configuration starts with; empty where the wire has none.
QString defaultModel(const QString &wireKey);
/// A file of the program's own resources.
QByteArray readResource(const QString &name);

} // namespace retryscope
