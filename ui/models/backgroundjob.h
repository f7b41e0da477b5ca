// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThreadPool>

#include <atomic>
#include <functional>
#include <memory>

namespace retryscope {

/// Plays one thing at a time away from the window's thread: a new one replaces the one that runs, and nothing is heard of
/// that any more. Lives on the window's thread, whose calls return at once; its end stops the work within milliseconds.
class BackgroundJob : public QObject
{
    Q_OBJECT
public:
    ~BackgroundJob() override;

    /// What has been found stays.
    virtual void stop();
    virtual bool isRunning() const { return m_stop != nullptr; }
    /// Of what was asked for, 0 to 1, and where it stands.
    double progress() const { return m_progress; }
    int stage() const { return m_stage; }

signals:
    void progressed(double share);
    /// All has been played. Not after stop().
    void finished();

protected:
    using Stop = std::shared_ptr<std::atomic_bool>;
    /// From the work to the window. What it tells counts there, and only while the work has not been replaced or stopped.
    class Line
    {
    public:
        Line(BackgroundJob &job, Stop stop) : m_job(job), m_stop(std::move(stop)) {}
        bool isOver() const { return *m_stop; }
        void tell(std::function<void()> what) const;
        /// From any thread; each thousandth once.
        void progress(double share, int stage = 0) const;
        /// `what` is the last thing to be told.
        void finish(std::function<void()> what) const;

    private:
        BackgroundJob &m_job;
        Stop m_stop;
        mutable std::atomic_int m_told{0};
    };
    explicit BackgroundJob(QObject *parent);
    void begin(std::function<void(const Line &)> work);
    /// The work is to end early and to tell what it has.
    void hurry();
    /// 0: one core is left for the window.
    static int threadsFor(int threads);

private:
    QThreadPool m_pool; ///< of one thread: the next work waits here until the one before has noticed that it is over
    Stop m_stop;        ///< of the work that runs; null: none
    double m_progress = 0;
    int m_stage = 0;
};

/// A question of the simulator and its answer, which comes whole.
template <typename Question, typename Answer> class QuestionJob : public BackgroundJob
{
public:
    explicit QuestionJob(QObject *parent = nullptr) : BackgroundJob(parent) {}
    /// It must be one that can be answered.
    void start(Question question)
    {
        question.threads = threadsFor(question.threads);
        m_question = std::move(question);
        m_result.reset();
        begin([this, asked = m_question](const Line &line) {
            const auto answer = std::make_shared<const Answer>(play(asked, line));
            line.finish([this, answer] { m_result = answer; });
        });
    }
    /// What has been found until then becomes the answer.
    void finishEarly() { hurry(); }
    /// The one that was asked last.
    const Question &question() const { return m_question; }
    /// To it; null until it has been played.
    std::shared_ptr<const Answer> result() const { return m_result; }

private:
    static Answer play(const Question &question, const Line &line);

    Question m_question;
    std::shared_ptr<const Answer> m_result;
};

} // namespace retryscope
