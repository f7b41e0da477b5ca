// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/googleai/googleai.h"
#include "protocols/servedjson.h"

namespace retryscope {

using namespace served;

// Google tells its limits in errors only.

std::span<const LimitFamily> googleai::limits() { return {}; }

HttpHeaders GoogleAiServing::headers(const ServedContext &) const
{
    return {{"Server-Timing", "gfet4t7; dur=12"}, {"X-Content-Type-Options", "nosniff"}};
}

HttpHeaders GoogleAiServing::limits(const ServedContext &) const { return {}; }

namespace {

constexpr NamedModel listed[] = {
    {"gemini-2.5-flash", "Gemini 2.5 Flash"}, {"gemini-2.5-pro", "Gemini 2.5 Pro"}, {"google-sim", "Simulated"}};

QByteArray entry(const NamedModel &model)
{
    return R"({"name":"models/)" + QByteArray(model.id) + R"(","version":"001","displayName":")" + model.label
           + R"(","description":"A simulated model.","inputTokenLimit":1048576,"outputTokenLimit":65536,)"
           + R"("supportedGenerationMethods":["generateContent","countTokens"],"temperature":1,"topP":0.95,"topK":64})";
}

} // namespace

QByteArray GoogleAiServing::models(const ServedContext &) const
{
    return R"({"models":[)" + entriesOf(listed, entry) + "]}";
}

std::optional<QByteArray> GoogleAiServing::model(const QByteArray &path, const ServedContext &) const
{
    return entryAt(path, listed, entry);
}

} // namespace retryscope
