// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "protocols/answerreader.h"
#include "protocols/answerwriter.h"
#include "protocols/registry.h"

using namespace retryscope;

namespace {

ProtocolKind kind{}; ///< of the target that runs

/// An input is a body, or a whole response: "HTTP/1.1 429 ...", headers, an empty line, the body.
struct Response
{
    int status = 200;
    HttpHeaders headers;
    QByteArray body;
};

Response split(const QByteArray &bytes)
{
    const qsizetype end = bytes.indexOf("\r\n\r\n");
    if (!bytes.startsWith("HTTP/1.1 ") || end < 0)
        return {.body = bytes};
    Response r{.status = bytes.mid(9, 3).toInt(), .body = bytes.mid(end + 4)};
    for (const QByteArray &line : bytes.left(end).split('\n').mid(1)) {
        const qsizetype colon = line.indexOf(':');
        r.headers.append({line.left(colon).trimmed(), line.mid(colon + 1).trimmed()});
    }
    return r;
}

void check(const FailureFacts &facts)
{
    MUST(facts.message.size() <= 3 * 2048); // bytes of UTF-8
    MUST(facts.codes.size() <= 64);
    for (const std::string &code : facts.codes)
        MUST(code.size() <= 3 * 256);
    MUST(!facts.hint || (*facts.hint >= 0s && *facts.hint <= 24h * 36'600));
    const Classification c = classify(facts);
    MUST(c.reason != RetryReason::None);
    MUST(c.rule.size() > 0);
    MUST(!c.hint || *c.hint >= 0s);
    MUST(!c.blockFor || *c.blockFor >= 0s);
    MUST(c.retryLimit >= 0);
    MUST(c.reason != RetryReason::QuotaExhausted || !c.retryHere);
}

struct Read
{
    QString text;
    Answer answer;
    std::optional<FailureFacts> fault;
};

template <typename Feed> Read read(Feed feed)
{
    AnswerReader reader(Protocol::of(kind));
    Read r;
    feed([&](QByteArrayView piece) { r.text += reader.feed(piece); });
    r.text += reader.end();
    r.answer = reader.answer();
    r.fault = reader.fault();
    return r;
}

bool hasUnframedText(const QByteArray &body)
{
    SseDecoder decoder;
    decoder.feed(body);
    decoder.end();
    return !decoder.unframed().isEmpty();
}

/// The words without which no answer of this protocol is whole; looked for in the raw bytes, so this shares nothing
/// with the reader.
bool mayBeWhole(const QByteArray &body)
{
    if (body.contains('\\')) // a key may be spelt with escapes, also with needless ones
        return true;
    const QByteArray start = body.trimmed().left(1);
    const bool oneBody = start == "{" || start == "[" || start == "<" || hasUnframedText(body);
    switch (kind) {
    case ProtocolKind::Anthropic: return body.contains("message_stop") || (oneBody && body.contains("content"));
    case ProtocolKind::GoogleAi: return body.contains("finishReason");
    case ProtocolKind::OpenAiResponses:
        if (body.contains("completed") || body.contains("incomplete"))
            return true;
        [[fallthrough]];
    default: return body.contains("[DONE]") || body.contains("finish_reason") || (oneBody && body.contains("message"));
    }
}

void checkAnswer(const QByteArray &body)
{
    const Read whole = read([&](auto take) { take(QByteArrayView(body)); });
    const Read pieces = read([&](auto take) { fuzz::inPieces(body, take); });
    MUST(whole.text == pieces.text);
    MUST(whole.answer.tokensIn == pieces.answer.tokensIn && whole.answer.tokensOut == pieces.answer.tokensOut);
    MUST(whole.answer.unreadable == pieces.answer.unreadable);
    MUST(bool(whole.fault) == bool(pieces.fault));
    MUST(whole.text.size() <= body.size());
    MUST(whole.answer.text.size() <= body.size());
    MUST(whole.answer.content.toolCalls.size() <= 256 && whole.answer.content.reasoning.size() <= 4 * body.size());
    MUST(whole.answer.content == pieces.answer.content);
    qsizetype others = 0;
    for (const AnswerChoice &choice : whole.answer.content.others) {
        MUST(choice.index >= 1 && choice.index <= 127 && choice.finishReason.size() <= 64);
        others += choice.text.size();
    }
    MUST(whole.answer.text.size() + others <= body.size());
    if (whole.fault) {
        MUST(pieces.fault->message == whole.fault->message);
        check(*whole.fault);
    } else {
        MUST(mayBeWhole(body));
        MUST(whole.text == whole.answer.text);
    }
}

/// Text as it stands in JSON, where half a character is none.
QByteArray written(const QString &text) { return text.toUtf8(); }

void checkRead(const Answer &source, const Wire &wire, QByteArrayView bytes)
{
    AnswerReader reader(*wire.protocol);
    reader.feed(bytes);
    reader.end();
    MUST(written(reader.answer().text) == written(source.text));
    // Another choice that was cut stays so, and without an end mark that makes the answer doubtful.
    const bool open = !source.othersEnded() && wire.protocol->endsWithConnection();
    MUST(!reader.fault() || source.text.isEmpty() || open);
    MUST(reader.answer().unreadable == 0);
}

/// A whole answer, told to a caller of another wire as it comes and at once, is that answer again.
void checkTranslation(const QByteArray &body)
{
    const Wire &target = wires()[std::size_t(body.size()) % wires().size()];
    const WriterContext context{.id = "0123456789abcdef0123456789abcdef", .model = QStringLiteral("m")};
    AnswerReader reader(Protocol::of(kind));
    const auto writer = makeAnswerWriter(target.kind, context);
    QByteArray told;
    fuzz::inPieces(body, [&](QByteArrayView piece) {
        reader.feed(piece);
        told += writer->grown(reader.answer());
    });
    reader.end();
    const Answer &answer = reader.answer();
    const bool finished = !reader.fault();
    if (!finished) {
        AnswerReader cut(*target.protocol);
        cut.feed(told);
        cut.end();
        MUST(cut.fault());
        return;
    }
    checkRead(answer, target, told + writer->ending(answer, reader.traits()));
    checkRead(answer, target, makeAnswerWriter(target.kind, context)->whole(answer, reader.traits()));
}

/// One protocol's answers and errors: any split reads the same, texts and codes are bounded, and nothing that lacks
/// the protocol's own end is a success.
int checkResponse(const std::uint8_t *data, std::size_t size)
{
    const Response response = split(fuzz::bytesOf(data, size));
    checkAnswer(response.body);
    checkTranslation(response.body);
    const qsizetype half = response.body.size() / 2;
    if (!mayBeWhole(response.body.left(half)))
        MUST(read([&](auto take) { take(QByteArrayView(response.body).first(half)); }).fault);
    FailureFacts facts{.status = response.status >= 100 ? response.status : 500};
    readErrorBody(response.body, &facts);
    readErrorHeaders(response.headers, WallTime(std::chrono::milliseconds(1'790'000'000'000)), &facts);
    check(facts);
    return 0;
}

template <ProtocolKind Kind> int answersOf(const std::uint8_t *data, std::size_t size)
{
    kind = Kind;
    return checkResponse(data, size);
}

template <ProtocolKind... Kinds> bool addEach()
{
    return (fuzz::add("answer_" + toKey(Kinds).toStdString(), &answersOf<Kinds>) && ...);
}

const bool added = addEach<ProtocolKind::OpenAi, ProtocolKind::Anthropic, ProtocolKind::GoogleAi, ProtocolKind::Mistral,
                           ProtocolKind::OpenAiCompatible, ProtocolKind::OpenAiResponses>();

} // namespace
