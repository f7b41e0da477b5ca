// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/prompttemplate.h"

#include <QRegularExpression>

namespace retryscope {
namespace {

const QRegularExpression &variablePattern()
{
    static const QRegularExpression pattern(QStringLiteral(R"(\{\{\s*([\p{L}_][\p{L}\p{N}_.\-]*)\s*\}\})"),
                                            QRegularExpression::UseUnicodePropertiesOption);
    return pattern;
}

} // namespace

QStringList variablesIn(const QStringList &texts)
{
    QStringList names;
    for (const QString &text : texts) {
        for (auto it = variablePattern().globalMatch(text); it.hasNext();) {
            const QString name = it.next().captured(1);
            if (!names.contains(name))
                names << name;
        }
    }
    return names;
}

QString filledIn(const QString &text, const QHash<QString, QString> &values)
{
    QString filled;
    qsizetype from = 0;
    for (auto it = variablePattern().globalMatch(text); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        filled += text.mid(from, match.capturedStart() - from);
        filled += values.value(match.captured(1), match.captured());
        from = match.capturedEnd();
    }
    return filled + text.mid(from);
}

} // namespace retryscope
