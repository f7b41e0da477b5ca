// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "playedfault.h"

#include "config/valuetext.h"

#include <QStringList>

namespace retryscope::cli {
namespace {

/// One of "share=0.2", "for=5m"; a sentence when it is none of them.
QString takePlayed(const QString &word, FaultPlan *plan)
{
    const QString key = word.section(QLatin1Char('='), 0, 0), value = word.section(QLatin1Char('='), 1);
    if (key == QLatin1String("share")) {
        const auto share = numberFromText(value);
        if (!share || *share <= 0.0 || *share > 1.0)
            return QStringLiteral("share is a number above 0 and at most 1, such as share=0.2, not \"%1\".").arg(value);
        plan->share = *share;
    } else if (key == QLatin1String("for")) {
        const auto time = durationFromText(value);
        if (!time || *time < 1s || *time > 24h)
            return QStringLiteral("for is a time from 1s to 24h, such as for=5m, not \"%1\".").arg(value);
        plan->lasting = *time;
    } else {
        return QStringLiteral("\"%1\" is not understood after a fault. There are share=0.2 and for=5m.").arg(word);
    }
    return {};
}

} // namespace

Expected<FaultPlan, QString> playedFaultFromText(const QString &text)
{
    const QStringList words = text.split(QLatin1Char(','), Qt::SkipEmptyParts);
    const auto fault = playedFaultFromKey(words.value(0));
    if (!fault) {
        QStringList keys;
        for (const PlayedFaultTraits &row : playedFaultTable())
            keys << QLatin1String(row.key);
        return Unexpected{QStringLiteral("\"%1\" is no fault that can be played before a provider. There are %2.")
                              .arg(words.value(0).left(100), keys.join(QStringLiteral(", ")))};
    }
    FaultPlan plan;
    plan.fault = *fault;
    for (const QString &word : words.mid(1)) {
        if (const QString problem = takePlayed(word, &plan); !problem.isEmpty())
            return Unexpected{problem};
    }
    return plan;
}

} // namespace retryscope::cli
