// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/openai/writer.h"

namespace retryscope {

/// OpenAI's shapes; thoughts are parts of the content, calls come whole, and the usage comes with the finish reason.
class MistralWriter final : public OpenAiWriter
{
public:
    using OpenAiWriter::OpenAiWriter;

protected:
    QByteArray answerId() const override { return m_context.id; }
    QByteArray finishOf(const writing::Choice &choice) const override;
    QByteArray message(const writing::Choice &choice) const override;
    QByteArray thought(const QString &text) const override;
    QByteArray refused(const QString &text) const override;
    bool needsUsage() const override { return true; }
    QByteArray callIndex(qsizetype i) const override { return R"("index":)" + QByteArray::number(i) + ","; }
    QString callId(const ToolCall &call, qsizetype place, int choice) const override;
    QByteArray callDeltas(const writing::Choice &choice, writing::Progress *progress, bool last) override;
    QByteArray lastChunks(const QVector<writing::Choice> &choices, const writing::Usage &used) const override;
};

} // namespace retryscope
