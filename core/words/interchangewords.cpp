// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/interchangewords.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>

namespace retryscope {
namespace {

struct LossWords
{
    Q_DECLARE_TR_FUNCTIONS(Interchange)
};

} // namespace

QString label(Kept kept)
{
    switch (kept) {
    case Kept::Exact: return LossWords::tr("exact");
    case Kept::Approximate: return LossWords::tr("approximate");
    case Kept::NotExpressible: break;
    }
    return LossWords::tr("not expressible");
}

QString valueText(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Bool: return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    case QJsonValue::Double: return QString::number(value.toDouble(), 'g', QLocale::FloatingPointShortest);
    case QJsonValue::String: return value.toString();
    case QJsonValue::Array: {
        QStringList all;
        for (const QJsonValue &item : value.toArray())
            all << valueText(item);
        return all.join(QStringLiteral(", "));
    }
    case QJsonValue::Object:
        return QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact));
    case QJsonValue::Null:
    case QJsonValue::Undefined: break;
    }
    return LossWords::tr("nothing");
}

QString lossText(const LossLine &line)
{
    QString text = QStringLiteral("%1: %2").arg(line.field, valueText(line.ours));
    if (!line.theirs.isEmpty())
        text += QStringLiteral(" → %1").arg(line.theirs);
    if (line.kept != Kept::Exact && !line.back.isUndefined() && !isSame(line.ours, line.back))
        text += LossWords::tr(" (as if it were %1)").arg(valueText(line.back));
    return line.note.isEmpty() ? text : text + QStringLiteral(". ") + line.note;
}

QString lossSummary(const LossReport &report)
{
    QStringList counts;
    for (const Kept kept : {Kept::Exact, Kept::Approximate, Kept::NotExpressible})
        counts << QStringLiteral("%1 %2").arg(report.count(kept)).arg(label(kept));
    return counts.join(QStringLiteral(", "));
}

QString lossText(const LossReport &report)
{
    QString text;
    for (const Kept kept : {Kept::Exact, Kept::Approximate, Kept::NotExpressible}) {
        const int count = report.count(kept);
        if (count == 0)
            continue;
        const QString name = label(kept);
        text += QStringLiteral("%1 (%2):\n").arg(name.left(1).toUpper() + name.mid(1)).arg(count);
        for (const LossLine &line : report.lines) {
            if (line.kept == kept)
                text += QStringLiteral("  %1\n").arg(lossText(line));
        }
    }
    return text;
}

} // namespace retryscope
