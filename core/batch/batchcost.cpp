// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "batch/batchcost.h"

#include "engine/attemptsources.h"
#include "engine/targets.h"

#include <QJsonDocument>

#include <algorithm>

namespace retryscope {
namespace {

constexpr qint64 frame = 32, turnFrame = 16; ///< tokens that wires put around a prompt and each turn
constexpr qint64 toolFrame = 1'000;          ///< what vendors add where there are tools
constexpr int charactersPerToken = 4;
constexpr double slack = 1e-12; ///< sums of doubles

qint64 size(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact).size(); }

/// The most requests that one call makes down this chain.
int mostAttempts(const RetryConfig &retry, qsizetype targets)
{
    int perTarget = retry.attemptsPerProvider;
    for (const ReasonOverride &own : retry.overrides)
        perTarget = std::max(perTarget, own.maxAttempts.value_or(0));
    return int(std::min<qint64>(retry.maxAttempts, qint64(perTarget) * targets));
}

/// False: the limit on an answer's tokens, or the number of answers, is not the prompt's there.
bool keepsLimit(const ProviderConfig &provider)
{
    const auto touches = [](const QString &name) {
        return name.startsWith(QLatin1String("max")) || name == QLatin1String("n");
    };
    const QStringList added = provider.parameters.added.keys(), &removed = provider.parameters.removed;
    return std::none_of(added.begin(), added.end(), touches) && std::none_of(removed.begin(), removed.end(), touches);
}

void add(const CallCost &cost, int runs, BatchEstimate *sum)
{
    sum->calls += runs;
    sum->requests += runs * cost.attempts;
    sum->likely += runs * cost.likely;
    sum->most += runs * cost.most();
    sum->dearest = std::max(sum->dearest, cost.most());
    sum->real |= cost.real;
    sum->pictures |= cost.pictures;
    for (const QString &who : cost.unpriced) {
        if (!sum->unpriced.contains(who))
            sum->unpriced << who;
    }
}

} // namespace

std::optional<qint64> mostTokensOf(const Prompt &prompt)
{
    qint64 bytes = frame;
    for (const QString &text : prompt.texts())
        bytes += text.toUtf8().size();
    for (const ChatMessage &message : prompt.messages) {
        bytes += turnFrame;
        for (const ChatPart &part : message.parts) {
            if (part.kind == ChatPart::Kind::Image)
                return std::nullopt;
            bytes += part.call.name.toUtf8().size() + part.call.id.size() + part.call.arguments.toUtf8().size();
        }
    }
    for (const ChatTool &tool : prompt.tools)
        bytes += tool.name.toUtf8().size() + tool.description.toUtf8().size() + size(tool.parameters) + turnFrame;
    return bytes + (prompt.tools.isEmpty() ? 0 : toolFrame) + size(prompt.format.schema);
}

BatchCosts::BatchCosts(const Configuration &configuration, const PriceList &prices, const Route &route, WallTime now)
    : m_configuration(configuration), m_prices(prices), m_route(route), m_now(now)
{}

std::optional<double> BatchCosts::cost(const ProviderConfig &provider, const QString &model, qint64 in,
                                       qint64 out) const
{
    return m_prices.cost(modelAt(provider, model), {in, out, 0}, m_now);
}

CallCost BatchCosts::of(const Prompt &prompt) const
{
    CallCost call;
    const Targets chain = targetsFor(m_configuration, m_route.providers, prompt.model);
    call.attempts = mostAttempts(m_configuration.retry, chain.size());
    const auto most = mostTokensOf(prompt);
    qint64 characters = 0;
    for (const QString &text : prompt.texts())
        characters += text.size();
    bool first = true;
    for (const Target &target : chain) {
        const ProviderConfig *provider = findProvider(m_configuration, toText(target.provider));
        if (!provider || !provider->enabled)
            continue; // never asked
        const bool leads = std::exchange(first, false);
        if (provider->simulated)
            continue;
        const QString model = toText(target.model);
        call.real = true;
        call.pictures = !most;
        const auto dearest = keepsLimit(*provider) ? cost(*provider, model, most.value_or(0), prompt.maxTokens)
                                                   : std::nullopt;
        if (dearest && most)
            call.attempt = std::max(call.attempt, *dearest);
        else if (const QString who = QStringLiteral("%1 (%2)").arg(
                     provider->name.isEmpty() ? provider->id : provider->name, model);
                 !dearest && !call.unpriced.contains(who))
            call.unpriced << who;
        if (leads)
            call.likely =
                cost(*provider, model, characters / charactersPerToken + 1, prompt.maxTokens).value_or(0);
    }
    return call;
}

BatchEstimate estimateOf(const BatchPrompts &prompts, int runs, const BatchCosts &costs)
{
    BatchEstimate sum;
    for (const BatchPrompt &one : prompts)
        add(costs.of(one.prompt), runs, &sum);
    return sum;
}

BatchEstimate estimateOf(const QVector<CallCost> &calls)
{
    BatchEstimate sum;
    for (const CallCost &call : calls)
        add(call, 1, &sum);
    return sum;
}

double CostLedger::inFlight() const
{
    double most = 0;
    for (const auto &[call, open] : m_open)
        most += open.attempt * open.left;
    return most;
}

CostLedger::Verdict CostLedger::mayStart(const CallCost &next) const
{
    if (!m_ceiling)
        return Verdict::Start;
    if (!next.isKnown() && !m_acceptUnknown)
        return Verdict::Unknown;
    const double room = *m_ceiling + slack - m_spent - m_uncertain;
    if (next.most() <= room - inFlight())
        return Verdict::Start;
    return m_open.empty() || next.most() > room ? Verdict::Ceiling : Verdict::Wait;
}

void CostLedger::start(CallId call, const CallCost &cost) { m_open[call] = {cost.attempt, cost.attempts}; }

/// An attempt that was answered with an error status is not billed, nor is one that was never sent. Of any other without a
/// price the worst is taken.
void CostLedger::attemptEnded(const Event &e)
{
    const auto it = m_open.find(e.call);
    if (it == m_open.end())
        return;
    it->second.left = std::max(0, it->second.left - 1);
    if (e.simulated)
        return;
    if (e.costUsd)
        m_spent += *e.costUsd;
    else if (e.delivery == Delivery::MaybeSent || (e.delivery == Delivery::Answered && e.status < 400))
        m_uncertain += it->second.attempt;
}

void CostLedger::finish(CallId call) { m_open.erase(call); }

} // namespace retryscope
