// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "words/snippetwords.h"

#include <algorithm>

namespace retryscope {

QString toSentence(const SnippetProblem &problem)
{
    switch (problem.kind) {
    case SnippetProblem::Kind::NotSayable: break; // the wire's own sentence says what to do
    case SnippetProblem::Kind::NoAddress:
        return QStringLiteral("%1 has no address that other programs can reach: a simulated provider runs only while this "
                              "program does. Choose a provider with an address of its own.")
            .arg(problem.what);
    case SnippetProblem::Kind::Unsendable:
        return QStringLiteral("\"%1\" holds a line break or another control character, so no program can send it. Correct "
                              "it on the Providers page or in the configuration file.")
            .arg(problem.what);
    }
    return problem.what;
}

QString toSentence(SnippetNote note, SnippetLanguage language)
{
    const auto traits = snippetLanguages();
    const auto at =
        std::find_if(traits.begin(), traits.end(), [&](const SnippetTraits &t) { return t.language == language; });
    const QString label = QLatin1String(at->label);
    switch (note) {
    case SnippetNote::OneAttempt: break;
    case SnippetNote::Proxy:
        return QStringLiteral("The provider's proxy is left out: %1 has no way to name it without another package.")
            .arg(label);
    case SnippetNote::Authority:
        return QStringLiteral("The provider's certificate authority is left out: name it in NODE_EXTRA_CA_CERTS.");
    }
    return QStringLiteral("It asks once: no retry, no failover, no limit of time.");
}

QString variablesSentence(const QStringList &variables)
{
    if (variables.isEmpty())
        return {};
    const QString names = variables.size() == 1
                              ? variables.first()
                              : variables.mid(0, variables.size() - 1).join(QStringLiteral(", "))
                                    + QStringLiteral(" and ") + variables.last();
    return QStringLiteral("%1 must be set where it runs.").arg(names);
}

} // namespace retryscope
