// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleetword.h"

#include "policy/retryafter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <array>

namespace retryscope {
namespace {

constexpr int wordVersion = 1;
constexpr std::array kindKeys{"block", "circuit", "limits", "hand"};
constexpr std::array limitKeys{"requests", "tokens", "input_tokens", "output_tokens"};
constexpr qsizetype longestText = 300;
constexpr double mostCount = 1e15; // a JSON number holds it exactly

qint64 toMs(Duration d) { return std::chrono::duration_cast<std::chrono::milliseconds>(d).count(); }

template <std::size_t N> std::optional<int> indexOf(const std::array<const char *, N> &keys, const QJsonValue &value)
{
    const QString text = value.toString();
    for (std::size_t i = 0; i < N; ++i) {
        if (text == QLatin1String(keys[i]))
            return int(i);
    }
    return std::nullopt;
}

/// A whole number of at most `most`; none: missing, or something else.
std::optional<qint64> count(const QJsonValue &value, double most = mostCount)
{
    const double number = value.toDouble(-1);
    return number >= 0 && number <= most && number == double(qint64(number)) ? std::optional(qint64(number))
                                                                             : std::nullopt;
}

std::optional<Duration> time(const QJsonValue &value)
{
    const auto ms = count(value, double(toMs(maxHint)));
    return ms ? std::optional(Duration(std::chrono::milliseconds(*ms))) : std::nullopt;
}

QJsonObject limitJson(const LimitWindow &w)
{
    QJsonObject o{{QStringLiteral("of"), QLatin1String(limitKeys[std::size_t(w.kind)])}};
    if (w.limit)
        o[QLatin1String("limit")] = *w.limit;
    if (w.remaining)
        o[QLatin1String("remaining")] = *w.remaining;
    if (w.resetIn)
        o[QLatin1String("reset_ms")] = toMs(*w.resetIn);
    if (w.continuous)
        o[QLatin1String("continuous")] = true;
    return o;
}

std::optional<LimitWindow> limitFrom(const QJsonObject &o)
{
    const auto kind = indexOf(limitKeys, o[QLatin1String("of")]);
    LimitWindow w{LimitKind(kind.value_or(0)), count(o[QLatin1String("limit")]), count(o[QLatin1String("remaining")]),
                  time(o[QLatin1String("reset_ms")]), o[QLatin1String("continuous")].toBool()};
    return kind && w.remaining && w.resetIn ? std::optional(w) : std::nullopt;
}

/// What depends on the kind; false: it is not there.
bool readKind(const QJsonObject &o, FleetWord *w)
{
    if (w->kind == FleetWord::Kind::Limits) {
        w->scope = Scope::Model;
        w->wait = time(o[QLatin1String("wait_ms")]).value_or(0s);
        const QJsonArray limits = o[QLatin1String("limits")].toArray();
        for (const QJsonValue &value : limits) {
            const auto limit = limitFrom(value.toObject());
            if (!limit || w->limits.size() == limitKeys.size())
                return false;
            w->limits.push_back(*limit);
        }
        return !w->model.isEmpty() && !w->account.isEmpty() && (w->wait > 0s || !w->limits.empty());
    }
    if (w->kind == FleetWord::Kind::Hand) {
        const QString hand = o[QLatin1String("hand")].toString();
        w->hand = hand == QLatin1String("release") ? Hand::Release : Hand::Isolate;
        return !w->act.isEmpty() && (w->hand == Hand::Release || hand == QLatin1String("isolate"));
    }
    const auto scope = scopeFromKey(toUtf8(o[QLatin1String("scope")].toString()));
    w->scope = scope.value_or(Scope::Request);
    return w->scope != Scope::Request && (w->scope != Scope::Model || !w->model.isEmpty())
           && (w->scope != Scope::Account || !w->account.isEmpty());
}

} // namespace

bool FleetWord::isOf(const FleetWord &other) const
{
    return kind == other.kind && scope == other.scope && at == other.at && account == other.account
           && model == other.model && (kind != Kind::Hand || provider == other.provider);
}

QByteArray toJson(const FleetWord &w)
{
    QJsonObject o{{QStringLiteral("v"), wordVersion},
                  {QStringLiteral("kind"), QLatin1String(kindKeys[std::size_t(w.kind)])},
                  {QStringLiteral("at"), w.at},
                  {QStringLiteral("provider"), w.provider},
                  {QStringLiteral("life_ms"), toMs(w.life)},
                  {QStringLiteral("member"), w.member},
                  {QStringLiteral("by"), w.by}};
    const auto add = [&o](const char *key, const QString &text) {
        if (!text.isEmpty())
            o[QLatin1String(key)] = text;
    };
    add("account", w.account);
    add("model", w.model);
    add("act", w.act);
    if (w.reason != RetryReason::None)
        o[QLatin1String("reason")] = toKey(w.reason);
    if (w.kind == FleetWord::Kind::Hand)
        o[QLatin1String("hand")] = w.hand == Hand::Isolate ? QStringLiteral("isolate") : QStringLiteral("release");
    else if (w.kind != FleetWord::Kind::Limits)
        o[QLatin1String("scope")] = toKey(w.scope);
    if (w.wait > 0s)
        o[QLatin1String("wait_ms")] = toMs(w.wait);
    QJsonArray limits;
    for (const LimitWindow &limit : w.limits)
        limits.append(limitJson(limit));
    if (!limits.isEmpty())
        o[QLatin1String("limits")] = limits;
    return QJsonDocument(o).toJson(QJsonDocument::Compact);
}

Expected<FleetWord, WordProblem> wordFromJson(const QByteArray &json)
{
    const QJsonObject o = json.size() > longestWord ? QJsonObject() : QJsonDocument::fromJson(json).object();
    const auto version = count(o[QLatin1String("v")]);
    if (version && *version > wordVersion)
        return Unexpected{WordProblem::Newer};
    const auto kind = indexOf(kindKeys, o[QLatin1String("kind")]);
    const auto life = time(o[QLatin1String("life_ms")]);
    const auto reason = o.contains(QLatin1String("reason")) ? retryReasonFromKey(toUtf8(o[QLatin1String("reason")].toString()))
                                                            : std::optional(RetryReason::None);
    const auto text = [&o](const char *key) { return o[QLatin1String(key)].toString(); };
    FleetWord w;
    w.kind = FleetWord::Kind(kind.value_or(0));
    w.at = text("at");
    w.account = text("account");
    w.model = text("model");
    w.provider = text("provider");
    w.act = text("act");
    w.member = text("member");
    w.by = shownName(text("by"));
    w.reason = reason.value_or(RetryReason::None);
    w.life = life.value_or(0s);
    for (const QString *one : {&w.at, &w.account, &w.model, &w.provider, &w.act, &w.member}) {
        if (one->size() > longestText)
            return Unexpected{WordProblem::Garbage};
    }
    if (version != 1 || !kind || w.life <= 0s || !reason || w.at.isEmpty() || w.member.isEmpty() || !readKind(o, &w))
        return Unexpected{WordProblem::Garbage};
    return w;
}

QString shownName(const QString &name)
{
    QString shown;
    for (const QChar c : name.left(64))
        shown.append(c.isPrint() ? c : QLatin1Char('?'));
    return shown.trimmed().isEmpty() ? QStringLiteral("a gateway without a name") : shown;
}

} // namespace retryscope
