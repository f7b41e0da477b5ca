// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "batch/batchprompts.h"

#include <QJsonDocument>

using namespace retryscope;

namespace {

void mustBeSound(const BatchInput &input, int lines)
{
    MUST(input.prompts.size() <= mostBatchPrompts && input.issues.size() <= mostLineIssues);
    MUST(input.moreIssues == 0 || input.issues.size() == mostLineIssues);
    int before = 1, problems = 0;
    for (const BatchPrompt &one : input.prompts) {
        MUST(one.line >= before && one.line <= lines);
        MUST(one.prompt.maxTokens > 0 && one.prompt.stream && one.id.size() <= 200);
        MUST(!one.prompt.text.trimmed().isEmpty() || !one.prompt.messages.isEmpty());
        before = one.line;
    }
    before = 1;
    for (const LineIssue &issue : input.issues) {
        MUST(issue.line >= before && issue.line <= lines);
        before = issue.line;
        problems += !isRemark(issue.problem);
    }
    MUST(problems <= input.problems && input.problems <= problems + input.moreIssues);
}

/// The texts of the prompts, written as lines, are the same prompts.
void linesMustComeBack(const BatchPrompts &prompts)
{
    QStringList texts;
    for (const BatchPrompt &one : prompts)
        texts << one.prompt.text;
    const QString all = texts.join(QLatin1Char('\n'));
    if (all.isEmpty() || all.contains(QChar(QChar::ByteOrderMark))) // documented: a mark is none of the text's
        return;
    const auto again = readBatch(all.toUtf8(), BatchFormat::Lines);
    MUST(again && again->problems == 0 && again->prompts.size() == texts.size());
    for (qsizetype i = 0; i < texts.size(); ++i)
        MUST(again->prompts[i].prompt.text.toUtf8() == texts[i].toUtf8().trimmed()); // a mark before
}

/// A prompt, written as an object, is the same prompt.
void objectMustComeBack(const BatchPrompt &one)
{
    const QJsonObject object{{QStringLiteral("prompt"), one.prompt.text},
                             {QStringLiteral("system"), one.prompt.system},
                             {QStringLiteral("id"), one.id}};
    const auto again = readBatch(QJsonDocument(object).toJson(QJsonDocument::Compact), BatchFormat::JsonLines);
    MUST(again && again->problems == 0 && again->prompts.size() == 1);
    const BatchPrompt &same = again->prompts.first();
    MUST(same.prompt.text == one.prompt.text && same.prompt.system == one.prompt.system && same.id == one.id);
}

} // namespace

/// The first byte chooses the format, or that it is found out. Whatever the file: a fault, or prompts that can be sent, each
/// with its line, and what is to be said of the others.
FUZZ_TARGET(batch)
{
    if (size == 0)
        return 0;
    const QByteArray bytes = fuzz::bytesOf(data + 1, size - 1);
    MUST(batchFormatOf(QStringLiteral("a.CSV"), bytes) == BatchFormat::Csv);
    const BatchFormat format =
        data[0] % 4 == 3 ? batchFormatOf(QStringLiteral("prompts"), bytes) : BatchFormat(data[0] % 4);
    const auto input = readBatch(bytes, format);
    if (!input) {
        MUST(input.error().detail.size() <= 200);
        return 0;
    }
    mustBeSound(*input, int(bytes.count('\n') + bytes.count('\r')) + 1);
    if (format == BatchFormat::Lines)
        linesMustComeBack(input->prompts);
    for (const BatchPrompt &one : input->prompts) {
        if (!one.prompt.text.trimmed().isEmpty())
            objectMustComeBack(one);
    }
    return 0;
}
