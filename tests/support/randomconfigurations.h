// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/random.h"
#include "config/configuration.h"
#include "config/retryfields.h"

#include <cmath>

namespace retryscope {

/// Valid configurations of all kinds, the same for the same seed.
class RandomConfigurations
{
public:
    explicit RandomConfigurations(quint64 seed) : m_dice(seed) {}

    Configuration next()
    {
        Configuration c;
        c.retry = retry();
        for (int i = 0, count = 1 + below(4); i < count; ++i)
            c.providers.append(provider(i));
        return c;
    }

private:
    int below(int n) { return int(m_dice.uniform() * n); }
    bool chance(double p) { return m_dice.uniform() < p; }
    template <typename T> T oneOf(std::initializer_list<T> all) { return all.begin()[below(int(all.size()))]; }

    double value(const RetryConfigField &f)
    {
        if (f.kind == FieldKind::Switch || f.kind == FieldKind::Choice || f.kind == FieldKind::Integer)
            return std::floor(f.minimum + m_dice.uniform() * (std::min(f.maximum, f.minimum + 60) - f.minimum + 1) * 0.999);
        switch (below(6)) {
        case 0: return f.minimum;
        case 1: return f.maximum;
        case 2: return f.minimum + std::pow(m_dice.uniform(), 4.0) * (f.maximum - f.minimum); // as fine as it comes
        default: break;
        }
        return std::clamp(std::round(m_dice.uniform() * 400.0) / 8.0, f.minimum, f.maximum);
    }
    RetryConfig retry()
    {
        RetryConfig c;
        for (const RetryConfigField &f : retryConfigFields()) {
            if (chance(0.6))
                f.set(c, value(f));
        }
        for (int i = 1; i < retryReasonCount; ++i) {
            if (chance(0.15))
                c.overrides[std::size_t(i)].maxAttempts = 1 + below(5);
            if (chance(0.05))
                c.overrides[std::size_t(i)].failOver = chance(0.5);
        }
        c.maxDelay = std::max(c.maxDelay, c.baseDelay);
        c.circuitMaxOpenTime = std::max(c.circuitMaxOpenTime, c.circuitOpenTime);
        return c;
    }
    ProviderConfig provider(int index)
    {
        const ProviderConfigs vendors = builtInProviders();
        ProviderConfig p = vendors[below(int(vendors.size()))];
        p.enabled = chance(0.9) || index == 0;
        p.id = chance(0.5) && index == 0
                   ? p.id
                   : oneOf<const char *>({"yes", "null", "1.5", "a-b", "x_y", "-", "0x1f"}) + QString::number(index);
        p.model = oneOf<const char *>({"gpt-test", "true", "1e3", "a: b # c", "say \"hi\"", "back\\slash", "@at", "- dash", " x ",
                                       "zeile\nzwei", "mod\xc3\xa8le", "{curly}", "%percent", "openai/x", "*"});
        p.name = p.id;
        if (chance(0.3))
            p.baseUrl = QUrl(QString::fromLatin1(oneOf<const char *>({"http://localhost:8000/v1", "https://llm.example.com", "https://llm.example.com:8443/a/b"})));
        if (chance(0.3))
            p.protocol = *protocolFromKey(QString::fromLatin1(oneOf<const char *>({"openai_compatible", "openai_responses", "openai"})));
        if (chance(0.2))
            p.keyReference.clear();
        if (chance(0.2))
            p.times.attempt = fromSeconds(0.05 + 100.0 * m_dice.uniform());
        if (chance(0.1))
            p.headers.insert(QStringLiteral("x-team"), QStringLiteral("a"));
        if (chance(0.1))
            p.priority = below(5);
        return p;
    }

    SeededRandom m_dice;
};

} // namespace retryscope
