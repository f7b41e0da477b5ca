// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"
#include "policy/retryconfig.h"

#include <optional>

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
    bool operator==(const Price &) const = default;
};

/// Dated list prices. What is not in it is unknown, never free. A value; cheap to copy.
class PriceList
{
public:
    PriceList() = default;
    explicit PriceList(QVector<Price> prices) : m_layers{std::move(prices)} {}
    /// The list that comes with the program: as published on the dates given, not read again since.
    static PriceList builtIn();

    /// The price of a model on a day: of those whose pattern fits and that were valid by then, the one with the most
    /// literal pattern, then the latest. A list laid over hides the one below for every model that it prices. None when
    /// unknown.
    std::optional<Price> find(QStringView protocolKey, QStringView model, WallTime date) const;
    /// US dollars for one attempt; `cachedIn` is the part of `tokensIn` that the provider read from its cache. None when
    /// the model is unknown or a count makes no sense (negative, more cached than in all).
    std::optional<double> cost(QStringView protocolKey, QStringView model, int tokensIn, int tokensOut, WallTime date, int cachedIn = 0) const;
    /// Puts `above` over this list.
    void overlay(const PriceList &above);
    qsizetype size() const;

private:
    QVector<QVector<Price>> m_layers; ///< the first that knows a price wins
};

struct LoadedPrices
{
    PriceList prices;      ///< the built-in list where the file has an error
    ConfigIssues issues;
};

/// Reads a list: {"prices": [{"protocol", "model", "input", "output", "cached_input", "valid_from", "source"}]}.
/// All issues at once; any error means: nothing of it is used.
LoadedPrices pricesFromJson(const QByteArray &json);
/// The built-in list with the user's file laid over it. A file that does not exist is no issue.
LoadedPrices loadPrices(const QString &userFile);
/// prices.json in the folder of the configuration file.
QString pricesFileBeside(const QString &configurationFile);

} // namespace retryscope
