// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/configissue.h"
#include "policy/retryconfig.h"
#include "pricing/catalogue.h"

namespace retryscope {

/// What tokens of some models cost from a day on.
struct Price
{
    QString protocol;      ///< key of a protocol, such as "openai"; "*" is any
    QString model;         ///< name of a model; * stands for any characters and ? for one
    double input = 0.0;    ///< US dollars per million tokens
    double output = 0.0;
    std::optional<double> cachedInput; ///< none: as input
    WallTime validFrom{};  ///< the first moment (UTC) that the price is for
    QString source;        ///< where it was read
    bool simulated = false; ///< invented
    QString host;          ///< of the base URL; * and ? stand for others; empty: any
    QVector<PriceTier> tiers; ///< by `above`, ascending
    bool operator==(const Price &) const = default;
};

/// What one attempt used.
struct TokenCount
{
    qint64 in = 0, out = 0;
    qint64 cached = 0; ///< the part of `in` that the provider read from its cache
};

/// Dated list prices. What is not in it is unknown, never free. A value; cheap to copy.
class PriceList
{
public:
    PriceList() = default;
    explicit PriceList(QVector<Price> prices) : m_layers{std::move(prices)} {}
    /// What comes with the program: the catalogue, and the invented prices of the simulation.
    static PriceList builtIn();

    /// The price of a model at a moment. Of a list: of those whose protocol, host and model fit and that were valid by then,
    /// the one with the most literal pattern, then the latest. A list laid over hides the one below for every model that it
    /// prices; the catalogue lies below them all. None when unknown.
    std::optional<Price> find(const ModelAt &model, WallTime date) const;
    /// US dollars for one attempt. None when the model is unknown or a count makes no sense (negative, more cached than in
    /// all).
    std::optional<double> cost(const ModelAt &model, const TokenCount &tokens, WallTime date) const;
    /// Tokens of prompt and answer together; 0: not known.
    qint64 contextWindow(const ModelAt &model) const;
    /// Puts `above` over this list.
    void overlay(const PriceList &above);
    /// Of the lists; the catalogue is not counted.
    qsizetype size() const;

private:
    QVector<QVector<Price>> m_layers; ///< the first that knows a price wins
    bool m_catalogue = false;
};

struct LoadedPrices
{
    PriceList prices;      ///< the built-in list where the file has an error
    ConfigIssues issues;
};

/// Reads a list: {"prices": [{"protocol", "host", "model", "input", "output", "cached_input", "tiers", "valid_from", "source"}]}.
/// All issues at once; any error means: nothing of it is used.
LoadedPrices pricesFromJson(const QByteArray &json);
/// The built-in list with the user's file laid over it. A file that does not exist is no issue.
LoadedPrices loadPrices(const QString &userFile);
/// prices.json in the folder of the configuration file.
QString pricesFileBeside(const QString &configurationFile);

} // namespace retryscope
