// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historystore.h"

#include "history/historyreader.h"
#include "history/historyreply.h"
#include "history/historywriter.h"

#include <QDeadlineTimer>
#include <QRandomGenerator>
#include <QThread>

namespace retryscope {
namespace {

HistoryOptions complete(HistoryOptions options)
{
    options.batch = std::clamp(options.batch, 1, std::max(1, options.queue));
    while (options.run == 0)
        options.run = qint64(QRandomGenerator::global()->generate64() >> 1);
    if (!options.now)
        options.now = [] {
            return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
        };
    return options;
}

QString driverOf(HistoryLocation::Kind kind)
{
    switch (kind) {
    case HistoryLocation::Kind::Off: return {};
    case HistoryLocation::Kind::Sqlite: return QStringLiteral("sqlite");
    case HistoryLocation::Kind::PostgreSql: return QStringLiteral("postgresql");
    }
    return {};
}

/// Runs `answer` where it is called, and `reply` with its value on the receiver's thread.
template <typename Value>
std::function<void(std::function<Value()>)> answering(QObject *receiver, std::function<void(const Value &)> reply,
                                                      QThread *carrier)
{
    const auto value = std::make_shared<Value>();
    const auto carry = std::make_shared<HistoryReply>();
    QObject::connect(
        carry.get(), &HistoryReply::ready, receiver, [value, reply = std::move(reply)] { reply(*value); },
        Qt::QueuedConnection);
    carry->moveToThread(carrier);
    return [value, carry](const std::function<Value()> &answer) { *value = answer(); emit carry->ready(); };
}

} // namespace

/// What the store and its threads share. A thread that cannot end in time, because its server does not answer, goes on
/// with its share and ends by itself.
struct HistoryStore::Parts : std::enable_shared_from_this<HistoryStore::Parts>
{
    Parts(const HistoryLocation &location, const HistoryOptions &options) : shared(location, complete(options)) {}
    bool off() const { return shared.location.kind == HistoryLocation::Kind::Off; }

    HistoryShared shared;
    QMutex outletMutex;
    HistoryStore *outlet = nullptr;               ///< whose signals; none once it is gone
    QThread *readerThread = nullptr, *writerThread = nullptr;
    std::atomic<bool> ending{false};
    std::atomic<quint64> writtenEvents{0};
    QObject *readerHome = nullptr;                ///< lives on the reading thread
    std::unique_ptr<HistoryReader> reader;        ///< made, used and ended there

    template <typename Tell> void tell(Tell tell)
    {
        const QMutexLocker lock(&outletMutex);
        if (outlet)
            tell(outlet);
    }
    void write()
    {
        HistoryWriter writer(
            shared,
            [this](const HistoryStatus &status) {
                tell([&](HistoryStore *store) { emit store->statusChanged(status); });
            },
            [this](quint64 events, quint64 lastSeq) {
                writtenEvents += events;
                tell([=](HistoryStore *store) { emit store->written(events, lastSeq); });
            });
        writer.run();
        tell([](HistoryStore *store) { emit store->ended(); });
    }
    /// Reads on the reading thread; off: answers at once what `Value` says about that.
    template <typename Value>
    void read(QObject *receiver, std::function<void(const Value &)> reply,
              std::function<Value(HistoryReader &)> question)
    {
        const auto answer = answering<Value>(receiver, std::move(reply), readerThread);
        QMetaObject::invokeMethod(readerHome, [self = shared_from_this(), answer, question = std::move(question)] {
            if (self->ending)
                return;
            answer([&] {
                if (!self->off())
                    return question(*self->reader);
                Value none;
                none.problem = QStringLiteral("The history is off: the configuration's line \"history\" says so.");
                return none;
            });
        }, Qt::QueuedConnection);
    }
};

namespace {

/// Waits for the thread's end, until `steps` has not moved for `patience`, and lets it go: at once, or when it ends by itself.
bool letGo(QThread *thread, std::chrono::milliseconds patience, const std::atomic<quint64> &steps)
{
    if (!thread)
        return true;
    constexpr std::chrono::milliseconds look{50};
    QDeadlineTimer silence(patience);
    quint64 seen = steps;
    while (!thread->wait(QDeadlineTimer(look))) {
        if (const quint64 now = steps; now != std::exchange(seen, now))
            silence = QDeadlineTimer(patience);
        else if (silence.hasExpired())
            break;
    }
    const bool ended = thread->isFinished();
    if (ended)
        delete thread;
    else
        QObject::connect(thread, &QThread::finished, thread, &QObject::deleteLater);
    return ended;
}

} // namespace

HistoryStore::HistoryStore(const HistoryLocation &location, const HistoryOptions &options, QObject *parent)
    : QObject(parent), m(std::make_shared<Parts>(location, options))
{
    qRegisterMetaType<HistoryStatus>();
    m->outlet = this;
    m->shared.status.driver = driverOf(location.kind);
    m->shared.status.place = m->off() ? QString() : location.toText();
    m->shared.status.state = m->off() ? HistoryStatus::State::Off : HistoryStatus::State::Opening;
    m->reader = std::make_unique<HistoryReader>(m->shared);
    m->readerThread = new QThread;
    m->readerHome = new QObject;
    m->readerHome->moveToThread(m->readerThread);
    connect(m->readerThread, &QThread::finished, m->readerHome, &QObject::deleteLater);
    m->readerThread->setObjectName(QStringLiteral("history-read"));
    m->readerThread->start(QThread::LowPriority);
    if (m->off())
        return;
    m->writerThread = QThread::create([parts = m] { parts->write(); });
    m->writerThread->setObjectName(QStringLiteral("history-write"));
    m->writerThread->start();
}

HistoryStore::~HistoryStore()
{
    end(m->shared.options.endPatience);
    const QMutexLocker lock(&m->outletMutex);
    m->outlet = nullptr;
}

void HistoryStore::stop()
{
    m->shared.queue.stop();
    m->ending = true;
    const QMutexLocker lock(&m->shared.mutex);
    m->shared.opened = true; // nobody needs to wait for it any more
    m->shared.tried.wakeAll();
}

bool HistoryStore::end(std::chrono::milliseconds patience)
{
    stop();
    QThread *reading = std::exchange(m->readerThread, nullptr);
    if (reading) {
        QMetaObject::invokeMethod(m->readerHome, [parts = m, reading] { // a connection ends where it was made
            parts->reader.reset();
            reading->quit();
        }, Qt::QueuedConnection);
    }
    const bool wrote = letGo(std::exchange(m->writerThread, nullptr), patience, m->shared.steps);
    letGo(reading, wrote ? patience : std::chrono::milliseconds(100),
          m->shared.steps); // where the one got no answer, the other gets none
    return wrote;
}

quint64 HistoryStore::unwritten() const { return m->off() ? 0 : m->shared.queue.appended() - m->writtenEvents; }

void HistoryStore::append(const Event &event)
{
    if (!m->off())
        m->shared.queue.append(&event, 1);
}

void HistoryStore::append(const Events &events)
{
    if (!m->off())
        m->shared.queue.append(events.constData(), events.size());
}

void HistoryStore::requestWindow(const HistoryRequest &request, QObject *receiver,
                                 std::function<void(const HistoryWindow &)> reply)
{
    m->read<HistoryWindow>(receiver, std::move(reply),
                           [request](HistoryReader &reader) { return reader.window(request); });
}

void HistoryStore::requestEvents(const EventQuery &query, QObject *receiver,
                                 std::function<void(const StoredEvents &)> reply)
{
    m->read<StoredEvents>(receiver, std::move(reply), [query](HistoryReader &reader) { return reader.events(query); });
}

void HistoryStore::requestCalls(const CallQuery &query, QObject *receiver,
                                std::function<void(const StoredCalls &)> reply)
{
    m->read<StoredCalls>(receiver, std::move(reply), [query](HistoryReader &reader) { return reader.calls(query); });
}

void HistoryStore::requestCall(qint64 run, CallId call, QObject *receiver,
                               std::function<void(const StoredEvents &)> reply)
{
    m->read<StoredEvents>(receiver, std::move(reply),
                          [run, call](HistoryReader &reader) { return reader.call(run, call); });
}

void HistoryStore::flush(QObject *receiver, std::function<void()> reply)
{
    const auto carry = std::make_shared<HistoryReply>();
    connect(carry.get(), &HistoryReply::ready, receiver, std::move(reply), Qt::QueuedConnection);
    carry->moveToThread(m->off() ? QThread::currentThread() : m->writerThread);
    if (m->off()) {
        emit carry->ready();
        return;
    }
    {
        const QMutexLocker lock(&m->shared.mutex);
        m->shared.waiters.push_back({m->shared.queue.appended(), [carry] { emit carry->ready(); }});
    }
    m->shared.queue.wake();
}

HistoryStatus HistoryStore::status() const
{
    const QMutexLocker lock(&m->shared.mutex);
    return m->shared.status;
}

qint64 HistoryStore::run() const { return m->shared.options.run; }

} // namespace retryscope
