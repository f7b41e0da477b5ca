// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "sandboxinput.h"

#include "config/valuetext.h"
#include "sandbox/control.h"

#include <algorithm>

namespace retryscope::cli {
namespace {

/// One of "probability=0.3", "duration=10s", "count=5"; a sentence when it is none of them.
QString take(const QString &word, FaultSetting *setting)
{
    const QString key = word.section(QLatin1Char('='), 0, 0), value = word.section(QLatin1Char('='), 1);
    if (key == QLatin1String("probability")) {
        const auto share = numberFromText(value);
        if (!share || *share > 1.0)
            return QStringLiteral("probability is a number from 0 to 1, such as probability=0.3, not \"%1\".")
                .arg(value);
        setting->probability = *share;
    } else if (key == QLatin1String("duration")) {
        const auto time = durationFromText(value);
        if (!time || *time <= 0s)
            return QStringLiteral("duration is a time such as duration=10s or duration=2m, not \"%1\".").arg(value);
        setting->lasting = *time;
    } else if (key == QLatin1String("count")) {
        const auto count = wholeNumberFromText(value);
        if (!count || *count < 1)
            return QStringLiteral("count is a whole number from 1 on, such as count=5, not \"%1\".").arg(value);
        setting->requests = *count;
    } else {
        return QStringLiteral(
                   "\"%1\" is not understood after a fault. There are probability=0.3, duration=10s and count=5.")
            .arg(word);
    }
    return {};
}

} // namespace

Expected<std::pair<ProviderId, FaultSetting>, QString> faultFromWords(const QStringList &words)
{
    if (words.size() < 2)
        return Unexpected{QStringLiteral("\"%1\" is not understood. Write a provider and a fault, such as \"openai "
                                         "rate_limit\", or posts, requests or help.")
                              .arg(words.value(0).left(100))};
    if (!isProviderName(words[0]))
        return Unexpected{QStringLiteral("\"%1\" is no provider's name: it has letters, digits, - and _, at most 64.")
                              .arg(words[0].left(100))};
    const auto fault = faultFromKey(words[1]);
    if (!fault)
        return Unexpected{
            QStringLiteral(
                "\"%1\" is no fault. retryscope-cli sandbox --help lists them; \"%2 none\" switches one off.")
                .arg(words[1].left(100), words[0])};
    FaultSetting setting{*fault, 1.0, {}, 0};
    for (const QString &word : words.mid(2)) {
        if (const QString problem = take(word, &setting); !problem.isEmpty())
            return Unexpected{problem};
    }
    return std::pair{words[0], setting};
}

Expected<std::pair<ProviderId, FaultSetting>, QString> faultFromOption(QString value)
{
    const qsizetype equals = value.indexOf(QLatin1Char('='));
    if (equals < 1)
        return Unexpected{
            QStringLiteral("\"%1\" names no provider and fault. Write ID=FAULT, such as openai=rate_limit.")
                .arg(value.left(100))};
    value[equals] = QLatin1Char(' ');
    value.replace(QLatin1Char(','), QLatin1Char(' '));
    return faultFromWords(value.split(QLatin1Char(' '), Qt::SkipEmptyParts));
}

QString keyOf(Fault fault)
{
    const auto it = std::find_if(faultTable().begin(), faultTable().end(),
                                 [&](const FaultTraits &row) { return row.fault == fault; });
    return QLatin1String(it->key);
}

QString faultText(const FaultSetting &setting)
{
    QStringList parts{keyOf(setting.fault)};
    if (setting.probability < 1.0)
        parts << QStringLiteral("probability ") + numberToText(setting.probability);
    if (setting.lasting)
        parts << QStringLiteral("for ") + durationToText(*setting.lasting);
    if (setting.requests > 0)
        parts << QStringLiteral("%1 time(s)").arg(setting.requests);
    return parts.join(QStringLiteral(", "));
}

} // namespace retryscope::cli
