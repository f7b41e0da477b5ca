// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "history/historystore.h"

#include "history/historyreader.h"
#include "history/historyreply.h"
#include "history/historywriter.h"

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
        options.now = [] { return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()); };
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
template <typename Value> std::function<void(std::function<Value()>)> answering(QObject *receiver, std::function<void(const Value &)> reply, QThread *carrier)
{
    const auto value = std::make_shared<Value>();
    const auto carry = std::make_shared<HistoryReply>();
    QObject::connect(carry.get(), &HistoryReply::ready, receiver, [value, reply = std::move(reply)] { reply(*value); }, Qt::QueuedConnection);
    carry->moveToThread(carrier);
    return [value, carry](const std::function<Value()> &answer) { *value = answer(); emit carry->ready(); };
}

} // namespace

struct HistoryStore::Parts
{
    Parts(const HistoryLocation &location, const HistoryOptions &options) : shared(location, complete(options)) {}
    bool off() const { return shared.location.kind == HistoryLocation::Kind::Off; }

    HistoryShared shared;
    QThread readerThread;
    std::unique_ptr<QThread> writerThread;
    std::atomic<bool> ending{false};
    QObject *readerHome = nullptr;                ///< lives on the reading thread
    std::unique_ptr<HistoryReader> reader;        ///< made, used and ended there

    /// Reads on the reading thread; off: answers at once what `Value` says about that.
    template <typename Value> void read(QObject *receiver, std::function<void(const Value &)> reply, std::function<Value(HistoryReader &)> question)
    {
        const auto answer = answering<Value>(receiver, std::move(reply), &readerThread);
        QMetaObject::invokeMethod(readerHome, [this, answer, question = std::move(question)] {
            if (ending)
                return;
            answer([&] {
                if (!off())
                    return question(*reader);
                Value none;
                none.problem = QStringLiteral("The history is off: the configuration's line \"history\" says so.");
                return none;
            });
        }, Qt::QueuedConnection);
    }
};

HistoryStore::HistoryStore(const HistoryLocation &location, const HistoryOptions &options, QObject *parent)
    : QObject(parent), m(std::make_unique<Parts>(location, options))
{
    qRegisterMetaType<HistoryStatus>();
    m->shared.status.driver = driverOf(location.kind);
    m->shared.status.place = m->off() ? QString() : location.toText();
    m->shared.status.state = m->off() ? HistoryStatus::State::Off : HistoryStatus::State::Opening;
    m->reader = std::make_unique<HistoryReader>(m->shared);
    m->readerHome = new QObject;
    m->readerHome->moveToThread(&m->readerThread);
    m->readerThread.setObjectName(QStringLiteral("history-read"));
    m->readerThread.start(QThread::LowPriority);
    if (m->off())
        return;
    m->writerThread.reset(QThread::create([this] {
        HistoryWriter writer(m->shared, [this](const HistoryStatus &status) { emit statusChanged(status); },
                             [this](quint64 events, quint64 lastSeq) { emit written(events, lastSeq); });
        writer.run();
    }));
    m->writerThread->setObjectName(QStringLiteral("history-write"));
    m->writerThread->start();
}

HistoryStore::~HistoryStore()
{
    m->shared.queue.stop();
    if (m->writerThread)
        m->writerThread->wait();
    {
        const QMutexLocker lock(&m->shared.mutex);
        m->shared.opened = true; // nobody needs to wait for it any more
        m->shared.tried.wakeAll();
    }
    m->ending = true;
    QMetaObject::invokeMethod(m->readerHome, [this] { m->reader.reset(); }, Qt::BlockingQueuedConnection); // a connection ends where it was made
    m->readerHome->deleteLater();
    m->readerThread.quit();
    m->readerThread.wait();
}

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

void HistoryStore::requestWindow(const HistoryRequest &request, QObject *receiver, std::function<void(const HistoryWindow &)> reply)
{
    m->read<HistoryWindow>(receiver, std::move(reply), [request](HistoryReader &reader) { return reader.window(request); });
}

void HistoryStore::requestEvents(const EventQuery &query, QObject *receiver, std::function<void(const StoredEvents &)> reply)
{
    m->read<StoredEvents>(receiver, std::move(reply), [query](HistoryReader &reader) { return reader.events(query); });
}

void HistoryStore::requestCall(qint64 run, CallId call, QObject *receiver, std::function<void(const StoredEvents &)> reply)
{
    m->read<StoredEvents>(receiver, std::move(reply), [run, call](HistoryReader &reader) { return reader.call(run, call); });
}

void HistoryStore::flush(QObject *receiver, std::function<void()> reply)
{
    const auto carry = std::make_shared<HistoryReply>();
    connect(carry.get(), &HistoryReply::ready, receiver, std::move(reply), Qt::QueuedConnection);
    carry->moveToThread(m->off() ? QThread::currentThread() : m->writerThread.get());
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
