// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/googleai/googleai.h"
#include "protocols/servedjson.h"

#include <algorithm>

namespace retryscope {

using namespace served;

// Google tells its limits in errors only.

std::span<const LimitFamily> googleai::limits() { return {}; }

HttpHeaders GoogleAiServing::headers(const ServedContext &) const { return {{"Server-Timing", "gfet4t7; dur=12"}, {"X-Content-Type-Options", "nosniff"}}; }

HttpHeaders GoogleAiServing::limits(const ServedContext &) const { return {}; }

namespace {

struct Named { const char *id, *label; };
/// Any name is answered; these are listed.
constexpr Named names[] = {{"gemini-2.5-flash", "Gemini 2.5 Flash"}, {"gemini-2.5-pro", "Gemini 2.5 Pro"}, {"google-sim", "Simulated"}};

QByteArray entry(const Named &name)
{
    return R"({"name":"models/)" + QByteArray(name.id) + R"(","version":"001","displayName":")" + name.label + R"(","description":"A simulated model.","inputTokenLimit":1048576,"outputTokenLimit":65536,)"
        + R"("supportedGenerationMethods":["generateContent","countTokens"],"temperature":1,"topP":0.95,"topK":64})";
}

} // namespace

QByteArray GoogleAiServing::models(const ServedContext &) const
{
    QByteArrayList list;
    for (const Named &name : names)
        list << entry(name);
    return R"({"models":[)" + list.join(',') + "]}";
}

std::optional<QByteArray> GoogleAiServing::model(const QByteArray &path, const ServedContext &) const
{
    const QByteArray id = lastOf(path);
    const auto it = std::find_if(std::begin(names), std::end(names), [&](const Named &name) { return id == name.id; });
    return it == std::end(names) ? std::nullopt : std::optional(entry(*it));
}

} // namespace retryscope
