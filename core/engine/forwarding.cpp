// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/forwarding.h"

#include "engine/targets.h"
#include "protocols/losses.h"
#include "protocols/writtenjson.h"

#include <algorithm>
#include <utility>

namespace retryscope {
namespace {

/// So much of an answer that is no model's is held back, so that a cut one can be asked for again unseen.
constexpr qsizetype heldOpaque = 1 << 20;
constexpr qint64 largestPassed = 64 << 20; ///< of an answer that is handed on

bool knows(const ProviderConfig &provider, const QString &model)
{
    return !model.isEmpty() && (provider.model == model || provider.modelMap.contains(model));
}

HttpHeaders passing(const HttpHeaders &headers)
{
    HttpHeaders kept;
    std::copy_if(headers.begin(), headers.end(), std::back_inserter(kept),
                 [](const auto &header) { return mayPass(header.first); });
    return kept;
}

/// A stream whose end mark was read need not have had its last empty line by then.
QByteArray closingLines(const QByteArray &last)
{
    if (last.isEmpty() || last.endsWith("\n\n") || last.endsWith("\r\n\r\n") || last.endsWith("\r\r"))
        return {};
    if (last.endsWith("\r\n"))
        return "\r\n";
    return last.endsWith('\n') ? "\n" : last.endsWith('\r') ? "\r" : "\n\n";
}

/// It can be passed on to this provider as it is.
bool passes(const ProviderConfig &provider, const ForwardRequest &request)
{
    return request.isPrompt ? takesPrompts(provider.protocol, request.passed.words)
                            : speaks(provider.protocol, request.passed.words);
}

} // namespace

qint64 ForwardRequest::promptTokens() const
{
    qint64 characters = 0;
    if (chat) {
        for (const QString &text : chat->texts())
            characters += text.size();
    }
    return characters / 4;
}

QVector<ProviderId> chainFor(const Configuration &configuration, const ForwardRequest &request,
                             const QVector<ProviderId> &providers)
{
    QVector<ProviderId> chain = providers.isEmpty() ? enabledProviders(configuration) : providers;
    const auto rank = [&](const ProviderId &id) {
        const ProviderConfig *config = findProvider(configuration, id);
        const bool same = config && passes(*config, request);
        return (config && knows(*config, request.model) ? 0 : 2) + (same ? 0 : 1);
    };
    if (providers.isEmpty()) // who names a chain has its order
        std::stable_sort(chain.begin(), chain.end(),
                         [&](const ProviderId &a, const ProviderId &b) { return rank(a) < rank(b); });
    chain.removeIf([&](const ProviderId &id) {
        const ProviderConfig *config = findProvider(configuration, id);
        if (!config || passes(*config, request))
            return false;
        const Losses losses = lossesAt(*config, request);
        const bool loses = !std::all_of(losses.fields.begin(), losses.fields.end(), isHint);
        return !losses.refusal.isEmpty() || (loses && !request.mayDrop);
    });
    return chain;
}

Losses lossesAt(const ProviderConfig &provider, const ForwardRequest &request)
{
    if (passes(provider, request))
        return {};
    if (!request.chat)
        return {{}, QStringLiteral("%1 speaks another protocol, and this request cannot be translated.").arg(provider.id)};
    return {request.unread + unsayableFields(provider.protocol, *request.chat),
            Protocol::of(provider.protocol).refusal(*request.chat)};
}

QString modelAskedOf(const Configuration &configuration, const ProviderId &provider, const ForwardRequest &request)
{
    const ProviderConfig *config = findProvider(configuration, provider);
    const QString &model = request.model;
    const bool mapped = config && (knows(*config, model) || config->modelMap.contains(QStringLiteral("*")));
    return config && !mapped && !request.modelIsExact && !speaks(config->protocol, request.passed.words) ? QString() : model;
}

QString resourceOf(const ForwardRequest &request)
{
    constexpr qsizetype longest = 60;
    if (request.isPrompt || !request.passed.model.isEmpty())
        return {};
    const QByteArray &path = request.passed.path;
    const qsizetype end = path.indexOf('/', 1);
    return QString::fromLatin1(path.left(end < 0 ? longest : std::min(end, longest)));
}

/// The answer of one attempt on its way to the program: held back until it is under way, then handed on.
class ForwardSource::Answer final : public AnswerTap
{
public:
    Answer(const ForwardSource &source, ForwardedHead head, std::unique_ptr<AnswerWriter> writer)
        : m_source(source), m_head(std::move(head)), m_writer(std::move(writer)),
          m_live(source.m_request.stream && source.m_mode == StreamMode::Live)
    {}

    void head(const HttpHead &head) override
    {
        const QByteArray type = headerValue(head.headers, "content-type").toLower();
        m_flows = type.startsWith("text/event-stream") || type.contains("ndjson") || type.contains("jsonl")
                  || type.startsWith("audio/") || type.startsWith("video/");
        m_head.status = m_writer ? 200 : head.status;
        m_head.headers =
            m_writer ? HttpHeaders{{"Content-Type", m_source.m_request.stream && !m_source.m_request.passed.array
                                                        ? "text/event-stream; charset=utf-8"
                                                        : "application/json"}}
                     : passing(head.headers);
    }
    void data(const QByteArray &bytes, const AnswerReader &reader) override
    {
        if (!m_writer)
            m_held += bytes;
        if (!m_source.m_request.isPrompt) {
            if (m_begun || m_flows || m_held.size() >= heldOpaque)
                release();
            return;
        }
        if (!m_live || !reader.spoke() || reader.isBody() || reader.settled()) // an end is given out once it is judged
            return;
        if (m_writer)
            m_held += m_writer->grown(reader.answer());
        release(m_writer ? m_held.size() : wholeEvents(reader));
    }
    void ended(const AttemptResult &result, const AnswerReader &reader, const QByteArray &error) override
    {
        if ((result.status >= 300 && result.status != 304) || result.status == 0) {
            m_error = error;
            return;
        }
        const RetryReason reason = result.facts.classification.reason;
        m_answered = reason == RetryReason::None || reason == RetryReason::ContentFilter;
        if (!m_answered)
            return;
        if (m_writer) {
            m_held += m_source.m_request.stream
                          ? m_writer->grown(reader.answer()) + m_writer->ending(reader.answer(), result.answer)
                          : m_writer->whole(reader.answer(), result.answer);
        } else if (m_source.m_request.isPrompt && !reader.isBody() && !isArray() && result.answer.end == AnswerEnd::Mark) {
            m_held += closingLines((m_last + m_held).right(4));
        }
    }
    bool shown() const override { return m_begun; }
    /// There is an answer to give out: a good one, or one that a filter ended, for which every wire has words.
    bool answered() const { return m_answered; }

    /// Hands on whatever is held, or the first so many bytes of it.
    void release() { release(m_held.size()); }
    /// What a provider that speaks the program's words said in place of an answer.
    std::optional<std::pair<ForwardedHead, QByteArray>> error() const
    {
        const bool redirects = m_head.status < 400; // to where the program must not go with our token
        if (m_begun || m_writer || redirects)
            return std::nullopt;
        return std::pair(m_head, m_error);
    }

private:
    void release(qsizetype bytes)
    {
        if (!std::exchange(m_begun, true))
            m_source.m_callbacks.begin(m_head);
        if (bytes == 0)
            return;
        const QByteArray given = m_held.left(bytes);
        m_held.remove(0, bytes);
        m_last = given.right(4);
        m_source.m_callbacks.data(given);
    }
    /// Up to the end of the last whole event: what may come in place of the next one must not stand within it.
    qsizetype wholeEvents(const AnswerReader &reader)
    {
        if (isArray())
            return m_held.size() - reader.openElement();
        qsizetype end = 0;
        for (const QByteArrayView mark : {"\n\n", "\r\r", "\n\r\n"}) {
            if (const qsizetype at = m_held.lastIndexOf(mark); at >= 0)
                end = std::max(end, at + mark.size());
        }
        return end;
    }

    /// Google's stream without alt=sse.
    bool isArray()
    {
        if (m_first == 0)
            m_first = m_held.trimmed().isEmpty() ? 0 : m_held.trimmed().front();
        return m_first == '[';
    }

    const ForwardSource &m_source;
    ForwardedHead m_head;
    std::unique_ptr<AnswerWriter> m_writer; ///< none: the bytes go on as they come
    QByteArray m_held, m_last, m_error;
    bool m_live;
    bool m_flows = false; ///< of an answer that is no model's: it comes over time
    char m_first = 0;     ///< of the answer
    bool m_begun = false, m_answered = false;
};

ForwardSource::ForwardSource(const SourceParts &parts, const Configuration &configuration, ForwardRequest request,
                             StreamMode mode, ForwardCallbacks callbacks)
    : ConfiguredSource(parts, configuration), m_configuration(configuration), m_request(std::move(request)), m_mode(mode),
      m_callbacks(std::move(callbacks))
{
}

ForwardSource::~ForwardSource() = default;

QString ForwardSource::asked(const ProviderConfig &provider) const
{
    return modelAskedOf(m_configuration, provider.id, m_request);
}

AttemptRequest ForwardSource::passedRequest(const ProviderConfig &provider, const Credentials &credentials,
                                            const AttemptOrder &order) const
{
    HttpRequest http = passOn(provider, m_request.passed,
                              m_request.passed.model.isEmpty() ? QString() : modelFor(provider, asked(provider)),
                              credentials.key);
    complete(&http, provider, credentials, order);
    const auto texts = [chat = m_request.chat] { return chat ? chat->texts() : QStringList(); };
    return {std::move(http), m_request.isPrompt ? &Protocol::of(m_request.passed.words) : nullptr, m_request.stream, false,
            texts};
}

std::unique_ptr<Attempt> ForwardSource::startAttempt(const ProviderId &provider, const AttemptOrder &order,
                                                     AttemptCallbacks callbacks)
{
    const ProviderConfig &config = find(provider);
    const bool isPassed = passes(config, m_request);
    ChatRequest chat = isPassed ? ChatRequest() : *m_request.chat;
    if (!isPassed)
        keepWriting(m_request.passed.body, &chat);
    chat.model = asked(config);
    const auto credentials = resolveCredentials(config, order.account);
    m_answer.reset();
    if (!credentials)
        return std::make_unique<RefusedAttempt>(m_parts.clock, refusedFor(credentials.error()), std::move(callbacks));
    const WriterContext context{
        m_request.answerId,    m_parts.clock.wallNow(), modelFor(config, chat.model), m_request.usageWanted, false,
        m_request.passed.array};
    m_answer = std::make_shared<Answer>(
        *this, ForwardedHead{.provider = provider,
                             .model = m_request.passed.model.isEmpty() ? QString() : modelFor(config, asked(config)),
                             .attempts = order.number,
                             .dropped = lossesAt(config, m_request).fields,
                             .translated = !isPassed},
        isPassed ? nullptr : makeAnswerWriter(m_request.passed.words, context));
    AttemptRequest request =
        isPassed ? passedRequest(config, *credentials, order) : attemptRequest(config, chat, *credentials, order);
    request.tap = m_answer;
    request.largestBody = largestPassed;
    request.everyPiece = !isPassed; // a hole that the provider's own words would show is none in ours
    auto attempt = std::make_unique<HttpAttempt>(m_parts.clock, m_parts.transport, config, std::move(request), *credentials,
                                                 ordered(order, config, chat.model),
                                                 judged(config, std::move(callbacks)));
    if (attempt->isOnPurpose())
        m_callbacks.metFault();
    return attempt;
}

void ForwardSource::settle(const CallResult &result)
{
    if (m_answer && m_answer->answered())
        m_answer->release();
    m_callbacks.finished(result, m_answer ? m_answer->error() : std::nullopt);
}

} // namespace retryscope
