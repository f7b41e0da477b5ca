// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#include "config/retrylayers.h"

#include <algorithm>

namespace retryscope {

const QVector<RetryLayer> &retryLayers()
{
    using enum LayerPlace;
    static const QVector<RetryLayer> layers{
        {"celery", "Celery (autoretry_for)", Queue, 4, 540s, "@app.task(max_retries=0)"},
        {"sidekiq", "Sidekiq", Queue, 26, 490h + 17min, "sidekiq_options retry: 0"},
        {"bullmq", "BullMQ (attempts: 3)", Queue, 3, 0s, "queue.add(name, data, { attempts: 1 })"},
        {"openai_sdk", "OpenAI SDK", Client, 3, 1500ms, "OpenAI(max_retries=0), new OpenAI({ maxRetries: 0 })"},
        {"anthropic_sdk", "Anthropic SDK", Client, 3, 1500ms,
         "Anthropic(max_retries=0), new Anthropic({ maxRetries: 0 })"},
        {"google_genai", "Google Gen AI SDK with retryOptions", Client, 5, 30s, "retryOptions: { attempts: 1 }"},
        {"vercel_ai", "Vercel AI SDK", Client, 3, 6s, "generateText({ maxRetries: 0 })"},
        {"langchain_py", "LangChain with_retry()", Client, 3, 5s, ".with_retry(stop_after_attempt=1)"},
        {"langchain_js", "LangChain retry middleware (JS)", Client, 3, 3s, "modelRetryMiddleware({ maxRetries: 0 })"},
        {"spring_ai", "Spring AI", Client, 10, 1142s, "spring.ai.retry.max-attempts=1"},
        {"polly", "Polly (.NET)", Client, 4, 6s, "leave AddRetry out of the pipeline"},
        {"resilience4j", "resilience4j", Client, 3, 1s, "RetryConfig.custom().maxAttempts(1)"},
        {"p_retry", "p-retry", Client, 11, 1023s, "pRetry(call, { retries: 0 })"},
        {"litellm", "LiteLLM", Beyond, 3, 1500ms, "router_settings: { num_retries: 0 }"},
        {"portkey", "Portkey (attempts: 5)", Beyond, 6, 31s, "\"retry\": { \"attempts\": 0 }"},
        {"envoy", "Envoy route with a retry policy", Beyond, 2, 25ms, "retry_policy: { num_retries: 0 }"},
        {"cloudflare", "Cloudflare AI Gateway (5)", Beyond, 5, 20s, "cf-aig-max-attempts: 1"},
    };
    return layers;
}

const RetryLayer *findRetryLayer(const QString &key)
{
    const QVector<RetryLayer> &layers = retryLayers();
    const auto it = std::find_if(layers.begin(), layers.end(),
                                 [&key](const RetryLayer &layer) { return key == QLatin1String(layer.key); });
    return it == layers.end() ? nullptr : &*it;
}

LayersTotal multiplyLayers(const QVector<LayerUse> &layers, int attempts, Duration longest)
{
    LayersTotal total{attempts, longest};
    for (const LayerPlace place : {LayerPlace::Beyond, LayerPlace::Client, LayerPlace::Queue}) { // from the inside out
        for (const LayerUse &layer : layers) {
            if (layer.place != place)
                continue;
            total.requests *= std::max(1, layer.attempts);
            if (place != LayerPlace::Beyond && layer.attempts > 1)
                total.longest = total.longest * layer.attempts + layer.waits;
        }
    }
    return total;
}

} // namespace retryscope
