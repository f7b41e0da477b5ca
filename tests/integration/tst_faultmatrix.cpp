// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "engine/localengineclient.h"
#include "support/suite.h"
#include "words/callwords.h"
#include "sandbox/sandbox.h"
#include "support/transportoftest.h"

#include <QTest>

using namespace retryscope;

/// Every fault, on every protocol, whole, streamed live and held back until complete, met by the first attempt only,
/// by all, and by all with another provider to go to: over real sockets, with the POSTs that arrived counted.
/// The rows run a few together, each on a provider of its own, and are looked at one by one. Those whose fault is a time
/// limit run by themselves, with short limits; no other one can meet a limit, however busy the machine is.
class FaultMatrixTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void faults_data();
    void faults();
    void cleanupTestCase();

private:
    enum Shape { Whole, Live, Complete };
    enum When { FirstAttempt, AllAttempts, AllWithAnother };
    /// Who may answer after the fault.
    enum Again { Same, Other, Nobody };
    struct Expected { RetryReason reason; Again again; };
    struct Row
    {
        QString protocol, provider;
        Fault fault;
        Shape shape;
        When when;
        Expected expected;
        CallId call;
        int client;
    };

    static Expected expected(const QString &protocol, Fault fault, Shape shape);
    static bool spoils(Fault fault, Shape shape);
    static bool isTimed(Fault fault)
    {
        return fault == Fault::Silence || fault == Fault::SlowFirstToken || fault == Fault::StalledStream
               || fault == Fault::KeepAliveOnly;
    }
    void addRows(const QString &protocol);
    void addClient(const Configuration &configuration);
    void addClients(const QString &protocol, bool timed);
    void send(Row *row);
    void runRows(const QVector<Row *> &rows, int together);
    QVector<Row *> rowsOf(const QString &protocol, bool timed);
    ProviderConfig provider(const QString &protocol, const QString &id) const;

    Sandbox m_sandbox{{.firstToken = 15ms, .perToken = 200us, .retryAfter = 50ms}};
    QUrl m_root;
    RetryConfig m_retry;
    QVector<Row> m_rows;
    std::vector<std::unique_ptr<LocalEngineClient>> m_clients;
    std::map<std::pair<int, quint64>, CallResult> m_results;
    std::map<std::pair<int, quint64>, int> m_finished;
    std::map<std::pair<int, quint64>, Events> m_events;
};

static const char *const shapeNames[] = {"whole", "live", "complete answer"};
static const char *const whenNames[] = {"first attempt", "all attempts", "all, with another provider"};

FaultMatrixTest::Expected FaultMatrixTest::expected(const QString &protocol, Fault fault, Shape shape)
{
    using R = RetryReason;
    const bool live = shape == Live, whole = shape == Whole;
    const R inside = !whole && protocol == QLatin1String("mistral")
                         ? R::ServerError
                         : R::TemporaryFailure; // Mistral's streams tell a finish reason "error", no more
    switch (fault) {
    case Fault::None: return {R::None, Nobody};
    case Fault::RateLimit: return {R::RateLimit, Same};
    case Fault::RateLimitNoHint: // Google's quota of a minute: without RetryInfo 60 s, beyond the cap
        return {R::RateLimit, protocol == QLatin1String("google_ai") ? Other : Same};
    case Fault::QuotaExhausted: return {R::QuotaExhausted, Other};
    case Fault::Overloaded:
    case Fault::UnavailableHint:
    case Fault::OverloadedHint: return {R::TemporaryFailure, Same};
    case Fault::Redirect: return {R::Network, Other};
    case Fault::ServerError: return {R::ServerError, Same};
    case Fault::HtmlPage: return {R::ServerError, Same};
    case Fault::Silence:
    case Fault::SlowFirstToken: return {R::NetworkTimeout, Other}; // silence is not repeated on the same provider
    case Fault::Reset:
    case Fault::Outage: return {R::Network, Same};
    case Fault::CutStream: return {R::StreamInterrupted, live ? Nobody : Same};
    case Fault::StalledStream:
        return {whole ? R::NetworkTimeout : R::StreamInterrupted, live ? Nobody : whole ? Other : Same};
    case Fault::MalformedChunk: return live ? Expected{R::None, Nobody} : Expected{R::MalformedResponse, Same};
    case Fault::ErrorInStream: return {inside, Same};
    case Fault::WrongKey: return {R::Authentication, Other};
    case Fault::ModelMissing: return {R::ModelUnavailable, Other};
    case Fault::ContextLength: return {R::ContextLength, Other}; // a larger window may stand next in the chain
    case Fault::ContentFilter: // Anthropic's is the model's own refusal
        return {R::ContentFilter, protocol == QLatin1String("anthropic") ? Other : Nobody};
    case Fault::EmptyAnswer:
    case Fault::ReasoningOnly: return {R::MalformedResponse, Same};
    case Fault::CleanCut: return {whole ? R::MalformedResponse : R::StreamInterrupted, live ? Nobody : Same};
    case Fault::ErrorAfterWords: return {inside, live ? Nobody : Same};
    case Fault::ForeignFinish: return {R::TemporaryFailure, live ? Nobody : Same};
    case Fault::
        NoFinish: // a body's own end proves that it is whole, except for Google's and that of a response in progress
        if (whole && protocol != QLatin1String("google_ai") && protocol != QLatin1String("openai_responses"))
            return {R::None, Nobody};
        return {R::StreamInterrupted, live ? Nobody : Same};
    case Fault::LoginPage: return {R::MalformedResponse, Same};
    case Fault::KeepAliveOnly: return {R::NetworkTimeout, Other};
    case Fault::InvalidRequest: return {R::InvalidRequest, Nobody};
    case Fault::Forbidden: return {R::Permission, Other};
    case Fault::FinishTooEarly:
    case Fault::FinishEverywhere:
    case Fault::WrongType:
    case Fault::ToolCall:
    case Fault::Length:
    case Fault::SlowDrip:
    case Fault::Gzip: return {R::None, Nobody};
    }
    return {R::Unknown, Nobody};
}

/// Answers that succeed with something missing.
bool FaultMatrixTest::spoils(Fault fault, Shape shape)
{
    return fault == Fault::ToolCall || fault == Fault::Length || (fault == Fault::NoFinish && shape == Whole)
           || (fault == Fault::MalformedChunk && shape == Live);
}

ProviderConfig FaultMatrixTest::provider(const QString &protocol, const QString &id) const
{
    ProviderConfig p;
    p.id = id;
    p.protocol = *protocolFromKey(protocol);
    p.baseUrl = m_root;
    p.baseUrl.setPath(QLatin1Char('/') + id
                      + (protocol == QLatin1String("google_ai")         ? QStringLiteral("/v1beta")
                         : protocol.startsWith(QLatin1String("openai")) ? QStringLiteral("/v1")
                                                                        : QString()));
    p.model = QStringLiteral("sim");
    p.simulated = true;
    return p;
}

void FaultMatrixTest::addRows(const QString &protocol)
{
    for (const FaultTraits &fault : faultTable()) {
        for (const Shape shape : {Whole, Live, Complete}) {
            for (const When when : {FirstAttempt, AllAttempts, AllWithAnother}) {
                const QString id = QStringLiteral("%1-%2").arg(protocol).arg(m_rows.size());
                m_sandbox.setFault(id, {fault.fault, 1.0, {}, when == FirstAttempt ? 1 : 0});
                m_rows.append({protocol, id, fault.fault, shape, when, expected(protocol, fault.fault, shape), {}, 0});
            }
        }
    }
}

QVector<FaultMatrixTest::Row *> FaultMatrixTest::rowsOf(const QString &protocol, bool timed)
{
    QVector<Row *> rows;
    for (Row &row : m_rows) {
        if (row.protocol == protocol && isTimed(row.fault) == timed)
            rows.append(&row);
    }
    return rows;
}

/// One that knows the providers of its own rows only, so that looking after them costs little.
void FaultMatrixTest::addClients(const QString &protocol, bool timed)
{
    for (const StreamMode mode : {StreamMode::Live, StreamMode::CompleteAnswer}) {
        Configuration own;
        own.retry = m_retry;
        own.retry.streamMode = mode;
        own.retry.connectTimeout = own.retry.firstTokenTimeout = own.retry.idleTimeout = timed ? 1500ms : 25s;
        own.retry.attemptTimeout = timed ? 2s : 25s;
        for (Row *row : rowsOf(protocol, timed)) {
            if ((row->shape == Complete) != (mode == StreamMode::CompleteAnswer))
                continue;
            row->client = int(m_clients.size());
            own.providers.append(provider(protocol, row->provider));
            if (row->when == AllWithAnother)
                own.providers.append(provider(protocol, row->provider + QStringLiteral("-other")));
        }
        addClient(own);
    }
}

void FaultMatrixTest::addClient(const Configuration &configuration)
{
    const int i = int(m_clients.size());
    m_clients.push_back(std::make_unique<LocalEngineClient>(quint64(i + 1), transportOfTest()));
    EngineClient *client = m_clients.back().get();
    client->apply(configuration);
    connect(client, &EngineClient::callFinished, this, [this, i](const CallResult &r) {
        m_results[{i, r.call.value}] = r;
        ++m_finished[{i, r.call.value}];
    });
    connect(client, &EngineClient::eventsArrived, this, [this, i](const Events &events) {
        for (const Event &e : events)
            m_events[{i, e.call.value}].append(e);
    });
}

void FaultMatrixTest::send(Row *row)
{
    QVector<ProviderId> chain{row->provider};
    if (row->when == AllWithAnother)
        chain.append(row->provider + QStringLiteral("-other"));
    row->call = m_clients[std::size_t(row->client)]->send(
        Prompt{QStringLiteral("Hello"), {}, {}, 64, row->shape != Whole}, Route{chain});
}

/// At most `together` at once, and all to their end.
void FaultMatrixTest::runRows(const QVector<Row *> &rows, int together)
{
    std::size_t sent = m_results.size();
    for (Row *row : rows) {
        QVERIFY2(QTest::qWaitFor([&] { return sent < m_results.size() + std::size_t(together); }, 30'000),
                 qPrintable(row->provider));
        send(row);
        ++sent;
    }
    QVERIFY2(QTest::qWaitFor([&] { return m_results.size() == sent; }, 30'000),
             qPrintable(QStringLiteral("%1 of %2 calls ended: the others hang").arg(m_results.size()).arg(sent)));
}

void FaultMatrixTest::initTestCase()
{
    m_root = QUrl(QStringLiteral("http://127.0.0.1:%1").arg(*m_sandbox.start()));
    RetryConfig &c = m_retry;
    c.baseDelay = 5ms;
    c.maxDelay = 10ms;
    c.deadline = 30s;
    c.retryBudgetFloor = 1000;
    c.maxAttempts = 3;
    c.attemptsPerProvider = 2;
    c.probeInterval = 0s;
    QVector<Row *> timed;
    const QStringList protocols{
        QStringLiteral("openai"),  QStringLiteral("anthropic"),         QStringLiteral("google_ai"),
        QStringLiteral("mistral"), QStringLiteral("openai_compatible"), QStringLiteral("openai_responses")};
    for (const QString &protocol : protocols)
        addRows(protocol);
    for (const QString &protocol : protocols) {
        addClients(protocol, false);
        runRows(rowsOf(protocol, false), 24);
        for (auto &client : m_clients)
            client.reset();
    }
    for (const QString &protocol : protocols) {
        addClients(protocol, true);
        timed += rowsOf(protocol, true);
    }
    runRows(timed, 70); // they do nothing but wait
    QTest::qWait(50); // what Qt might send again arrives
}

void FaultMatrixTest::faults_data()
{
    QTest::addColumn<int>("index");
    for (qsizetype i = 0; i < m_rows.size(); ++i) {
        const Row &row = m_rows[i];
        QTest::addRow("%s, %s, %s, %s", qPrintable(row.protocol), faultTable()[qsizetype(row.fault)].key,
                      shapeNames[row.shape], whenNames[row.when])
            << int(i);
    }
}

void FaultMatrixTest::faults()
{
    QFETCH(int, index);
    const Row &row = m_rows[index];
    const std::pair key{row.client, row.call.value};
    const CallResult &result = m_results[key];
    const auto [reason, again] = row.expected;
    const Events &events = m_events[key];
    const auto first =
        std::find_if(events.begin(), events.end(), [](const Event &e) { return e.kind == EventKind::AttemptFinished; });
    QVERIFY(first != events.end());
    QCOMPARE(toKey(first->reason), toKey(reason));
    const bool repeats = reason != RetryReason::None && again == Same;
    const bool succeeds = reason == RetryReason::None || (repeats && row.when == FirstAttempt)
                          || (again != Nobody && row.when == AllWithAnother);
    QVERIFY2(result.succeeded() == succeeds, qPrintable(errorText(result)));
    // What ended without a word, or stalled, is asked again elsewhere first.
    const bool elsewhereFirst =
        first->delivery == Delivery::MaybeSent || first->rule == QLatin1String("stream:silence");
    const int posts = repeats && !(row.when == AllWithAnother && elsewhereFirst) ? 2 : 1;
    // Alone, a retryable failure is tried until max attempts; a first-attempt fault is gone at the second.
    const bool alone = row.when == AllAttempts;
    const int most = repeats && alone ? result.attempts : posts;
    QCOMPARE(m_sandbox.postsReceived(row.provider), most);
    if (alone && repeats)
        QVERIFY2(result.attempts == 2 || result.attempts == 3, qPrintable(QString::number(result.attempts)));
    if (row.when == AllWithAnother) {
        QCOMPARE(m_sandbox.postsReceived(row.provider + QStringLiteral("-other")),
                 reason != RetryReason::None && again != Nobody ? 1 : 0);
        QCOMPARE(result.attempts, m_sandbox.postsReceived(row.provider)
                                      + m_sandbox.postsReceived(row.provider + QStringLiteral("-other")));
    } else {
        QCOMPARE(result.attempts, m_sandbox.postsReceived(row.provider));
    }
    if (!succeeds)
        QCOMPARE(toKey(result.reason), toKey(reason));
    if (succeeds) { // whole to the last word, or not told as a plain success
        QCOMPARE(result.isPlain(), result.text.endsWith(QLatin1Char('.')) && result.answer.unreadable == 0
                                       && result.answer.finish == Finish::Stop);
        QCOMPARE(!result.isPlain(), reason == RetryReason::None && spoils(row.fault, row.shape));
        QCOMPARE(events.last().finish, toKey(result.answer.finish));
    }
    QCOMPARE(errorText(result).isEmpty(), succeeds);
    QCOMPARE(m_finished[key], 1);
    QCOMPARE(
        std::count_if(events.begin(), events.end(), [](const Event &e) { return e.kind == EventKind::CallFinished; }),
        1);
}

void FaultMatrixTest::cleanupTestCase() { m_clients.clear(); }

SUITE_TEST(FaultMatrixTest)
#include "tst_faultmatrix.moc"
