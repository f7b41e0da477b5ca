// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// One request with everything that each wire can say.
inline constexpr const char *openAiBody =
    R"({"model":"gpt-5.4","max_completion_tokens":500,"stream":true,"stream_options":{"include_usage":true},
 "messages":[{"role":"developer","content":"Be brief."},
  {"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw==","detail":"auto"}}]},
  {"role":"assistant","content":null,"refusal":null,"annotations":[],"tool_calls":[{"id":"call_abc123","type":"function","function":{"name":"look","arguments":"{\"at\":\"a\"}"}}]},
  {"role":"tool","tool_call_id":"call_abc123","content":"a cat"},{"role":"user","content":"And now?"}],
 "tools":[{"type":"function","function":{"name":"look","description":"Looks.","strict":true,"parameters":{"type":"object","properties":{"at":{"type":"string"}}}}}],
 "tool_choice":"required","response_format":{"type":"json_schema","json_schema":{"name":"cat","strict":true,"schema":{"type":"object","properties":{},"additionalProperties":false}}},
 "reasoning_effort":"low","temperature":0.5,"top_p":0.9,"stop":["END"],"seed":7,"metadata":{"user_id":"u1","team":"t"},"n":1,"store":false})";
inline constexpr const char *responsesBody =
    R"({"model":"gpt-5.4","max_output_tokens":500,"stream":true,"store":false,"instructions":"Be brief.",
 "input":[{"role":"user","content":[{"type":"input_text","text":"What is this?"},{"type":"input_image","image_url":"https://pictures.test/a.png","detail":"auto"}]},
  {"type":"function_call","id":"fc_1","status":"completed","call_id":"call_abc123","name":"look","arguments":"{\"at\":\"a\"}"},
  {"type":"function_call_output","call_id":"call_abc123","output":"a cat"},{"type":"message","role":"user","content":"And now?"}],
 "tools":[{"type":"function","name":"look","description":"Looks.","strict":true,"parameters":{"type":"object","properties":{"at":{"type":"string"}}}}],"tool_choice":{"type":"function","name":"look"},
 "text":{"format":{"type":"json_schema","name":"cat","strict":true,"schema":{"type":"object","properties":{},"additionalProperties":false}}},"reasoning":{"effort":"high","summary":null},
 "temperature":0.5,"top_p":0.9,"metadata":{"user_id":"u1"}})";
inline constexpr const char * anthropicBody = R"({"model":"claude-sonnet-4-5","max_tokens":500,"stream":true,"system":[{"type":"text","text":"Be brief."}],
 "messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw=="}}]},
  {"role":"assistant","content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"toolu_01","name":"look","input":{"at":"a"}}]},
  {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_01","content":"no eyes","is_error":true}]},
  {"role":"user","content":"And now?"}],
 "tools":[{"name":"look","description":"Looks.","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"},
 "output_config":{"effort":"medium","format":{"type":"json_schema","schema":{"type":"object","properties":{},"additionalProperties":false}}},
 "temperature":0.5,"top_p":0.9,"top_k":40,"stop_sequences":["END"],"metadata":{"user_id":"u1"}})";
inline constexpr const char * googleBody = R"({"systemInstruction":{"parts":[{"text":"Be brief."}]},
 "contents":[{"role":"user","parts":[{"text":"What is this?"},{"inlineData":{"mimeType":"image/png","data":"iVBORw=="}}]},
  {"role":"model","parts":[{"functionCall":{"name":"look","args":{"at":"a"}},"thoughtSignature":"c2ln"}]},
  {"role":"user","parts":[{"functionResponse":{"name":"look","response":{"output":"a cat"}}}]},
  {"role":"user","parts":[{"text":"And now?"}]}],
 "tools":[{"functionDeclarations":[{"name":"look","description":"Looks.","parameters":{"type":"OBJECT","properties":{"at":{"type":"STRING"}}}}]}],
 "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["look"]}},
 "generationConfig":{"maxOutputTokens":500,"temperature":0.5,"topP":0.9,"topK":40,"seed":7,"stopSequences":["END"],
  "responseMimeType":"application/json","thinkingConfig":{"thinkingBudget":8192}}})";
inline constexpr const char * mistralBody = R"({"model":"mistral-large-latest","max_tokens":500,"stream":true,
 "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"What is this?"},
  {"role":"assistant","content":"","tool_calls":[{"id":"D681PevKs","function":{"name":"look","arguments":"{\"at\":\"a\"}"}}],"prefix":false},
  {"role":"tool","tool_call_id":"D681PevKs","name":"look","content":"a cat"},{"role":"user","content":"And now?"}],
 "tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}],"tool_choice":"any",
 "response_format":{"type":"json_object"},"temperature":0.5,"top_p":0.9,"stop":"END","random_seed":7,"metadata":{"team":"t"},
 "safe_prompt":false,"parallel_tool_calls":true})";
