// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "crashtest/crashtest.h"

#include "crashtest/stage.h"

#include <algorithm>

namespace retryscope {

CrashTest::CrashTest(CrashLimits limits, int together, QObject *parent) : QObject(parent), m_limits(limits)
{
    qRegisterMetaType<CrashResult>();
    m_pool.setMaxThreadCount(std::max(1, together));
}

CrashTest::~CrashTest()
{
    m_stop = true;
    m_pool.clear();
    m_pool.waitForDone();
}

void CrashTest::start(const Configuration &configuration, const QStringList &only)
{
    if (isRunning())
        return;
    QVector<const CrashCase *> cases;
    for (const CrashCase &one : crashCases()) {
        if (only.isEmpty() || only.contains(QLatin1String(one.key)))
            cases.append(&one);
    }
    // Those that take long first: the short ones fill the gaps behind them.
    std::stable_sort(cases.begin(), cases.end(),
                     [](const CrashCase *a, const CrashCase *b) { return a->terms.waits > b->terms.waits; });
    stageFor(configuration, {}); // sets the variables, before there are threads that read some
    m_stop = false;
    m_planned = m_open = int(cases.size());
    for (const CrashCase *one : cases) {
        m_pool.start([this, one, configuration] {
            QMetaObject::invokeMethod(this, [this, one] { emit caseStarted(QLatin1String(one->key)); });
            const auto result = m_stop ? std::nullopt : playCase(*one, configuration, m_limits, m_stop);
            QMetaObject::invokeMethod(this, [this, result] { over(result); });
        });
    }
    if (cases.isEmpty())
        QMetaObject::invokeMethod(
            this, [this] { emit finished(true); }, Qt::QueuedConnection);
}

void CrashTest::stop() { m_stop = true; }

void CrashTest::over(const std::optional<CrashResult> &result)
{
    --m_open;
    if (result)
        emit caseFinished(*result);
    if (m_open == 0)
        emit finished(!m_stop);
}

} // namespace retryscope
