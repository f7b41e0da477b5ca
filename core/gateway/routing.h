// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/gatewaycall.h"
#include "protocols/wireerror.h"

namespace retryscope {

/// What a program asks, with where it may go. The model's name may be a route's, whose providers are then
/// asked for their own models, a provider's id, or one with a model behind it ("openai/gpt-4o"), unless some provider has a model of
/// just that name: then only that provider is asked. These headers change a call:
///
/// | header                | value                                            | default                      |
/// | x-retryscope-route    | a route, or providers in the order in which they are asked, "a,b,c" | all that are enabled, those first that speak the caller's words |
/// | x-retryscope-mode     | live, complete                                   | the policy's stream mode     |
/// | x-retryscope-deadline | a time with its unit, such as 30s or 1500ms       | the policy's                 |
/// | x-retryscope-lossy    | drop or refuse; drop: what another protocol has no word for is left out, and named | such a provider is not asked |
///
/// The error says what is wrong, and where.
Expected<CallerRequest, WireError> readCaller(const ServedRequest &request, const Dialect &dialect,
                                              const Configuration &configuration);
/// What a program may ask for, as a list of models has it: each provider's model and mapped names, routes, and providers' ids.
QStringList modelNames(const Configuration &configuration);

} // namespace retryscope
