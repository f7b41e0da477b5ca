// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "snippets/snippetrequest.h"

#include <QJsonDocument>

namespace retryscope::snippets {
namespace {

constexpr LiteralWords scriptWords{.guardsPrototype = true};
constexpr int bodyIndent = 4;

QString scriptText(const SnippetText &text, bool encoded = false)
{
    QStringList terms;
    for (const SnippetText::Piece &piece : text.pieces) {
        const QString variable = QStringLiteral("process.env.") + piece.text;
        terms << (!piece.variable ? quoted(piece.text)
                  : encoded       ? QStringLiteral("encodeURIComponent(%1)").arg(variable)
                                  : variable);
    }
    return terms.isEmpty() ? quoted({}) : terms.join(QStringLiteral(" + "));
}

/// As an object that can be changed, but where JavaScript would round a number in it.
QString scriptBody(const QJsonObject &body)
{
    if (hasLargeNumber(body))
        return quoted(QString::fromUtf8(QJsonDocument(body).toJson(QJsonDocument::Compact)));
    return QStringLiteral("JSON.stringify(%1)").arg(literal(body, scriptWords, bodyIndent));
}

} // namespace

QString javaScript(const SnippetRequest &request, QVector<SnippetNote> *notes)
{
    if (!request.proxy.isEmpty())
        notes->append(SnippetNote::Proxy);
    if (!request.caFile.isEmpty())
        notes->append(SnippetNote::Authority);
    QString code = QStringLiteral("async function main() {\n  const response = await fetch(")
                   + scriptText(request.url, true) + QStringLiteral(", {\n    method: \"POST\",\n    headers: {\n");
    for (const auto &[name, value] : request.headers)
        code +=
            QStringLiteral("      ") + quoted(name) + QStringLiteral(": ") + scriptText(value) + QStringLiteral(",\n");
    code += QStringLiteral("    },\n    body: ") + scriptBody(request.body) + QStringLiteral(",\n  });\n");
    code += request.stream ? QStringLiteral("  for await (const chunk of response.body) process.stdout.write(chunk);\n")
                           : QStringLiteral("  console.log(await response.text());\n");
    return code + QStringLiteral("  if (!response.ok) process.exitCode = 1;\n}\n\nmain();\n");
}

} // namespace retryscope::snippets
