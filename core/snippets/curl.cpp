// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "snippets/snippetrequest.h"

#include <QRegularExpression>

#include <algorithm>

namespace retryscope::snippets {
namespace {

QString shellLiteral(QString text)
{
    return QLatin1Char('\'') + text.replace(QLatin1Char('\''), QLatin1String("'\\''")) + QLatin1Char('\'');
}

/// "Bearer $KEY" where the rest may stand within double quotes, else each piece for itself.
QString shellText(const SnippetText &text, const QString &before = {})
{
    QString plain = before, pieces = before.isEmpty() ? QString() : shellLiteral(before);
    bool any = false;
    for (const SnippetText::Piece &piece : text.pieces) {
        any |= piece.variable;
        plain += piece.variable ? QString() : piece.text;
        pieces += piece.variable ? QStringLiteral("\"$%1\"").arg(piece.text) : shellLiteral(piece.text);
    }
    const bool simple =
        std::none_of(plain.begin(), plain.end(), [](QChar c) { return QStringLiteral("\"$`\\!").contains(c); });
    if (!any || !simple)
        return pieces.isEmpty() ? QStringLiteral("''") : any ? pieces : shellLiteral(plain);
    QString out = before;
    for (const SnippetText::Piece &piece : text.pieces)
        out += piece.variable ? QStringLiteral("${%1}").arg(piece.text) : piece.text;
    static const QRegularExpression needless(QStringLiteral("\\$\\{([A-Za-z0-9_]+)\\}(?![A-Za-z0-9_])"));
    return QLatin1Char('"') + out.replace(needless, QStringLiteral("$\\1")) + QLatin1Char('"');
}

/// Headers are bytes; a terminal takes UTF-8.
SnippetText readable(SnippetText text)
{
    for (SnippetText::Piece &piece : text.pieces)
        piece.text = QString::fromUtf8(piece.text.toLatin1());
    return text;
}

} // namespace

QString curl(const SnippetRequest &request, QVector<SnippetNote> *)
{
    static const QRegularExpression brackets(QStringLiteral("[][{}]")); // curl would make several addresses of them
    const QString url = shellText(request.url);
    QStringList lines{QStringLiteral("curl -sS --fail-with-body%1%2 %3")
                          .arg(request.stream ? QStringLiteral(" --no-buffer") : QString(),
                               url.contains(brackets) ? QStringLiteral(" --globoff") : QString(), url)};
    for (const auto &[name, value] : request.headers)
        lines << QStringLiteral("-H ") + shellText(readable(value), name + QStringLiteral(": "));
    if (request.noProxy)
        lines << QStringLiteral("--noproxy '*'");
    else if (!request.proxy.isEmpty())
        lines << QStringLiteral("--proxy ") + shellText(request.proxy);
    if (!request.caFile.isEmpty())
        lines << QStringLiteral("--cacert ") + shellLiteral(request.caFile);
    // Every line of the body begins with a bracket or a space, so none of them ends it; nothing in it is expanded.
    lines << QStringLiteral("--data-binary @- <<'JSON'");
    return lines.join(QStringLiteral(" \\\n  ")) + QLatin1Char('\n') + literal(request.body, {})
           + QStringLiteral("\nJSON\n");
}

} // namespace retryscope::snippets
