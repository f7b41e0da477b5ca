// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "snippets/snippetrequest.h"

namespace retryscope::snippets {
namespace {

constexpr LiteralWords pythonWords{"True", "False", "None"};

QString pythonText(const SnippetText &text)
{
    QStringList terms;
    for (const SnippetText::Piece &piece : text.pieces)
        terms << (piece.variable ? QStringLiteral("os.environ[%1]").arg(quoted(piece.text)) : quoted(piece.text));
    return terms.isEmpty() ? quoted({}) : terms.join(QStringLiteral(" + "));
}

/// In an address a key is encoded.
QString pythonUrl(const SnippetText &url)
{
    QStringList terms;
    for (const SnippetText::Piece &piece : url.pieces)
        terms << (piece.variable
                      ? QStringLiteral("urllib.parse.quote(os.environ[%1], safe=\"\")").arg(quoted(piece.text))
                      : quoted(piece.text));
    return terms.join(QStringLiteral(" + "));
}

/// Opens the connection otherwise than urllib would by itself; empty where that will do.
QString opener(const SnippetRequest &request, QVector<SnippetNote> *notes)
{
    QStringList handlers;
    const bool socks = !request.proxy.isEmpty() && !request.proxy.pieces.first().variable
                       && request.proxy.pieces.first().text.startsWith(QLatin1String("socks"));
    if (socks)
        notes->append(SnippetNote::Proxy);
    if (request.noProxy)
        handlers << QStringLiteral("urllib.request.ProxyHandler({})");
    else if (!request.proxy.isEmpty() && !socks)
        handlers << QStringLiteral("urllib.request.ProxyHandler({\"http\": %1, \"https\": %1})")
                        .arg(pythonText(request.proxy));
    QString before;
    if (!request.caFile.isEmpty()) {
        before = QStringLiteral("trusted = ssl.create_default_context()\ntrusted.load_verify_locations(%1)\n")
                     .arg(quoted(request.caFile));
        handlers << QStringLiteral("urllib.request.HTTPSHandler(context=trusted)");
    }
    if (handlers.isEmpty())
        return {};
    return before
           + QStringLiteral("urllib.request.install_opener(urllib.request.build_opener(%1))\n")
                 .arg(handlers.join(QStringLiteral(", ")));
}

QString imports(const QString &code, const SnippetRequest &request)
{
    QStringList modules{QStringLiteral("json"), QStringLiteral("sys"), QStringLiteral("urllib.error"),
                        QStringLiteral("urllib.request")};
    if (code.contains(QLatin1String("os.environ[")))
        modules.insert(1, QStringLiteral("os"));
    if (code.contains(QLatin1String("urllib.parse.quote(")))
        modules.insert(modules.size() - 1, QStringLiteral("urllib.parse"));
    if (!request.caFile.isEmpty())
        modules.insert(modules.indexOf(QStringLiteral("sys")), QStringLiteral("ssl"));
    QString text;
    for (const QString &module : std::as_const(modules))
        text += QStringLiteral("import %1\n").arg(module);
    return text + QLatin1Char('\n');
}

} // namespace

QString python(const SnippetRequest &request, QVector<SnippetNote> *notes)
{
    QString code = opener(request, notes);
    code += QStringLiteral("body = ") + literal(request.body, pythonWords) + QLatin1Char('\n');
    code += QStringLiteral("request = urllib.request.Request(\n    ") + pythonUrl(request.url)
            + QStringLiteral(",\n    data=json.dumps(body).encode(),\n    headers={\n");
    for (const auto &[name, value] : request.headers)
        code += QStringLiteral("        ") + quoted(name) + QStringLiteral(": ") + pythonText(value)
                + QStringLiteral(",\n");
    code += QStringLiteral("    },\n    method=\"POST\",\n)\n"
                           "try:\n"
                           "    with urllib.request.urlopen(request) as response:\n");
    code += request.stream ? QStringLiteral("        for line in response:\n"
                                            "            print(line.decode(), end=\"\", flush=True)\n")
                           : QStringLiteral("        print(response.read().decode())\n");
    code += QStringLiteral("except urllib.error.HTTPError as error:\n"
                           "    sys.exit(f\"HTTP {error.code}: {error.read().decode(errors='replace')}\")\n");
    return imports(code, request) + code;
}

} // namespace retryscope::snippets
