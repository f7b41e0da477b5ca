// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchcost.h"

#include "base/systemclock.h"
#include "models/aside.h"
#include "theme/theme.h"
#include "widgets/setifnew.h"
#include "words/batchwords.h"

#include <QTimer>

namespace retryscope {
namespace {

constexpr int restsAfter = 200; ///< milliseconds

} // namespace

BenchCost::BenchCost(QWidget *parent) : ElidedLabel(parent), m_rest(new QTimer(this))
{
    setObjectName(QStringLiteral("benchCost"));
    setFont(Theme::font(TextRole::Secondary));
    setProperty("muted", true);
    setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    setAccessibleName(tr("What a send would cost"));
    m_rest->setSingleShot(true);
    m_rest->setInterval(restsAfter);
    connect(m_rest, &QTimer::timeout, this, &BenchCost::ask);
}

void BenchCost::touch()
{
    ++m_number; // an answer on its way is to a question of before
    m_rest->start();
}

void BenchCost::ask()
{
    if (!m_source)
        return;
    aside(
        this, [question = m_source()] { return reckon(question); },
        [this, number = m_number](const Told &told) {
            if (number == m_number)
                tell(told);
        });
}

BenchCost::Told BenchCost::reckon(const Question &question)
{
    Told told;
    QVector<CallCost> calls;
    const WallTime now = SystemClock().wallNow();
    for (const Column &column : question.columns) {
        Prompt prompt = question.prompt;
        prompt.model = column.model;
        calls << BatchCosts(question.configuration, question.prices, column.route, now).of(prompt);
        told.parts << tr("%1: %2").arg(column.letter, sendCostText(estimateOf({calls.last()})));
    }
    told.line = sendCostText(estimateOf(calls));
    return told;
}

void BenchCost::tell(const Told &told)
{
    QStringList lines{told.line};
    if (told.parts.size() > 1)
        lines << told.parts;
    if (!told.line.isEmpty())
        lines << tr("\"About\": answered at the first attempt, with as many tokens as are allowed. \"At most\": every "
                    "attempt that the policy makes is billed, at the dearest provider of the chain.");
    const QString detail = told.line.isEmpty() ? QString() : lines.join(QLatin1Char('\n'));
    setIfNew(this, told.line);
    setDetail(detail);
    setAccessibleDescription(detail);
}

} // namespace retryscope
