// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/provider.h"

/// A body of one wire and the fields of it that cannot be carried to another, with blanks between.
struct LossRow
{
    const char *name;
    retryscope::ProtocolKind kind;
    const char *body, *lost;
};

inline const LossRow lossRows[] = {
    // As the official SDKs send them: nothing is lost.
    {"openai: tools and schema", retryscope::ProtocolKind::OpenAi,
     R"({"model":"gpt-5","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"w","parameters":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false},"strict":true}}],"response_format":{"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":{"type":"object"}}},"reasoning_effort":"low","stop":["x"],"temperature":1})",
     ""},
    {"openai: stream", retryscope::ProtocolKind::OpenAi,
     R"({"model":"gpt-5","messages":[{"role":"user","content":"hi"}],"stream_options":{"include_usage":true},"stream":true})",
     ""},
    {"openai: an answer sent back whole", retryscope::ProtocolKind::OpenAi,
     R"({"model":"gpt-5","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"refusal":null,"annotations":[],"audio":null,"function_call":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"w","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1","content":[{"type":"text","text":"r"}]}]})",
     ""},
    {"openai: defaults", retryscope::ProtocolKind::OpenAi,
     R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x/a.png","detail":"auto"}}]}],"n":1,"store":false,"logprobs":false,"top_logprobs":0,"presence_penalty":0,"frequency_penalty":0.0,"logit_bias":{},"parallel_tool_calls":true,"service_tier":"auto","modalities":["text"],"verbosity":"medium","user":null,"prediction":null,"max_tokens":5})",
     ""},
    {"responses: tools and schema", retryscope::ProtocolKind::OpenAiResponses,
     R"({"model":"gpt-5","input":"hi","text":{"format":{"type":"json_schema","name":"city","strict":true,"schema":{"type":"object"}},"verbosity":"medium"},"tools":[{"type":"function","name":"w","parameters":{"type":"object"},"strict":true}],"reasoning":{"effort":"low"}})",
     ""},
    {"responses: stream and history", retryscope::ProtocolKind::OpenAiResponses,
     R"({"model":"gpt-5","input":[{"role":"user","content":"hi"},{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"x"}]},{"type":"function_call","id":"fc_1","call_id":"c","name":"w","arguments":"{}","status":"completed"},{"type":"function_call_output","call_id":"c","output":"r"}],"stream":true,"store":false,"include":[],"truncation":"disabled","background":false,"parallel_tool_calls":true})",
     ""},
    {"anthropic: image, tools, thinking", retryscope::ProtocolKind::Anthropic,
     R"({"model":"claude","max_tokens":99,"system":"s","messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x/a.png"}}]}],"tools":[{"name":"w","input_schema":{"type":"object"}},{"type":"custom","name":"v","strict":true,"input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":false},"stop_sequences":["x"],"thinking":{"type":"enabled","budget_tokens":2048}})",
     ""},
    {"anthropic: schema", retryscope::ProtocolKind::Anthropic,
     R"({"model":"claude","max_tokens":99,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"text","text":"y","citations":null},{"type":"tool_use","id":"t","name":"w","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","is_error":true,"content":[{"type":"text","text":"r"}]}]}],"output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object"}}},"stream":true,"service_tier":"auto"})",
     ""},
    {"google: everything", retryscope::ProtocolKind::GoogleAi,
     R"({"contents":[{"parts":[{"text":"hi"},{"inlineData":{"mimeType":"image/png","data":"aGk="}}],"role":"user"}],"systemInstruction":{"parts":[{"text":"s"}],"role":"user"},"tools":[{"functionDeclarations":[{"name":"w","description":"d","parameters":{"type":"OBJECT"}},{"name":"v","parametersJsonSchema":{"type":"object"}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}},"generationConfig":{"temperature":1,"topK":3,"maxOutputTokens":9,"stopSequences":["x"],"seed":1,"candidateCount":1,"responseMimeType":"application/json","responseSchema":{"type":"OBJECT"},"thinkingConfig":{"thinkingLevel":"LOW","includeThoughts":false}},"safetySettings":[]})",
     ""},
    {"google: as its documentation writes to it with curl", retryscope::ProtocolKind::GoogleAi,
     R"({"system_instruction":{"parts":{"text":"s"}},"contents":{"parts":{"text":"hi"}},"generation_config":{"max_output_tokens":9,"stop_sequences":["x"]}})",
     ""},
    {"google: functions", retryscope::ProtocolKind::GoogleAi,
     R"({"contents":[{"parts":[{"functionCall":{"args":{},"name":"w"},"thoughtSignature":"c2ln"}],"role":"model"},{"parts":[{"functionResponse":{"name":"w","response":{"output":"x"}}}],"role":"user"}],"generationConfig":{}})",
     ""},
    {"mistral: tools and schema", retryscope::ProtocolKind::Mistral,
     R"({"model":"mistral","temperature":0.1,"max_tokens":9,"stream":false,"stop":"x","random_seed":3,"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":"https://x/a.png"}]},{"role":"assistant","tool_calls":[{"id":"abcdefghi","type":"function","function":{"name":"w","arguments":"{}"},"index":0}],"prefix":false},{"role":"tool","content":"r","tool_call_id":"abcdefghi","name":"w"}],"response_format":{"type":"json_schema","json_schema":{"name":"c","schema":{"type":"object"}}},"tools":[{"type":"function","function":{"name":"w","parameters":{"type":"object"}}}],"tool_choice":"any","safe_prompt":false})",
     ""},
    // What is lost, by its path.
    {"openai: fields", retryscope::ProtocolKind::OpenAi,
     R"({"model":"m","messages":[{"role":"user","content":"x"}],"n":2,"logprobs":true,"top_logprobs":3,"store":true,"logit_bias":{"50256":-100},"presence_penalty":0.5,"frequency_penalty":-1,"parallel_tool_calls":false,"service_tier":"flex","modalities":["text","audio"],"audio":{"voice":"alloy","format":"mp3"},"prediction":{"type":"content","content":"x"},"user":"u","safety_identifier":"s","prompt_cache_key":"k","verbosity":"low","web_search_options":{},"brand_new":1})",
     "audio brand_new frequency_penalty logit_bias logprobs modalities n prediction presence_penalty prompt_cache_key safety_identifier service_tier store top_logprobs user verbosity web_search_options"},
    {"openai: messages", retryscope::ProtocolKind::OpenAi,
     R"({"model":"m","messages":[{"role":"system","content":"x"},{"role":"user","name":"bob","content":"x"},{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}},{"type":"input_audio","input_audio":{"data":"","format":"wav"}},{"type":"file","file":{"file_id":"f"}},{"type":"image_url","image_url":{"url":"u","detail":"high"}}]},{"role":"assistant","content":"x","audio":{"id":"a"},"reasoning_content":"hm","annotations":[{"type":"url_citation"}]},{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"n","input":"i"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"image_url","image_url":{"url":"u"}}]},{"role":"function","name":"f","content":"x"}]})",
     "messages[1].name messages[2].content[0].cache_control messages[2].content[1].input_audio messages[2].content[2].file messages[2].content[3].image_url.detail messages[3].annotations messages[3].audio messages[3].reasoning_content messages[4].tool_calls[0].custom messages[5].content[0].image_url messages[6].role"},
    {"openai: tools", retryscope::ProtocolKind::OpenAi,
     R"({"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"g"}},{"type":"web_search"}],"tool_choice":{"type":"allowed_tools","allowed_tools":{}},"response_format":{"type":"grammar","grammar":"x"},"functions":[],"function_call":"auto"})",
     "function_call functions response_format.grammar tool_choice.allowed_tools tools[1].custom tools[2].type"},
    {"responses: fields", retryscope::ProtocolKind::OpenAiResponses,
     R"({"model":"m","input":"x","previous_response_id":"resp_1","conversation":"c","include":["reasoning.encrypted_content"],"store":true,"background":true,"reasoning":{"effort":"low","summary":"auto"},"text":{"verbosity":"high"},"max_tool_calls":3,"prompt":{"id":"p"},"truncation":"auto","tools":[{"type":"web_search"},{"type":"function","name":"f","parameters":{}}],"tool_choice":{"type":"web_search"},"parallel_tool_calls":false})",
     "background conversation include[0].reasoning max_tool_calls previous_response_id prompt reasoning.summary store text.verbosity tool_choice.type tools[0].type"},
    {"responses: items", retryscope::ProtocolKind::OpenAiResponses,
     R"({"model":"m","input":[{"role":"user","content":[{"type":"input_image","file_id":"f","detail":"low"},{"type":"input_file","file_id":"f"}]},{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"},{"type":"web_search_call","id":"ws"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"u"}]},{"role":"assistant","content":[{"type":"output_text","text":"x","annotations":[{"type":"url_citation"}]}]}]})",
     "input[0].content[0].detail input[0].content[0].file_id input[0].content[1].type input[1].encrypted_content input[2].type input[3].output[0].type input[4].content[0].annotations"},
    {"anthropic: fields", retryscope::ProtocolKind::Anthropic,
     R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],"container":"c","context_management":{"edits":[]},"mcp_servers":[{"url":"u"}],"service_tier":"standard_only","thread":{"type":"create"},"tools":[{"type":"web_search_20250305","name":"web_search"},{"name":"f","input_schema":{},"cache_control":{"type":"ephemeral"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"output_config":{"effort":"low","task_budget":{"total":9}},"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]})",
     "container context_management mcp_servers output_config.task_budget service_tier system[0].cache_control thread tools[0].type tools[1].cache_control"},
    {"anthropic: blocks", retryscope::ProtocolKind::Anthropic,
     R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","data":"x"}},{"type":"image","source":{"type":"file","file_id":"f"}},{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"text","text":"y","citations":[{"type":"char_location"}]}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{}},{"type":"text","text":"z"}]}]},{"role":"system","content":"x"}]})",
     "messages[0].content[0].type messages[0].content[1].source.type messages[0].content[2].cache_control messages[1].content[0].thinking messages[1].content[1].data messages[1].content[2].type messages[1].content[3].citations messages[2].content[0].content[0].type messages[3].role"},
    {"google: fields", retryscope::ProtocolKind::GoogleAi,
     R"({"contents":[{"parts":[{"text":"x"}]}],"cachedContent":"cachedContents/1","labels":{"a":"b"},"safetySettings":[{"category":"c"}],"tools":[{"googleSearch":{}},{"functionDeclarations":[{"name":"f","response":{"type":"OBJECT"},"behavior":"NON_BLOCKING"}],"codeExecution":{}}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a","b"]},"retrievalConfig":{}},"generationConfig":{"candidateCount":2,"presencePenalty":1,"responseModalities":["TEXT","IMAGE"],"speechConfig":{},"responseMimeType":"text/x.enum","responseLogprobs":true,"thinkingConfig":{"thinkingBudget":-1,"includeThoughts":true},"mediaResolution":"MEDIA_RESOLUTION_LOW"},"system_instruction":{"parts":[]},"systemInstruction":{"parts":[]}})",
     "cachedContent generationConfig.candidateCount generationConfig.mediaResolution generationConfig.presencePenalty generationConfig.responseLogprobs generationConfig.responseMimeType generationConfig.responseModalities generationConfig.speechConfig generationConfig.thinkingConfig.includeThoughts labels safetySettings system_instruction toolConfig.functionCallingConfig.allowedFunctionNames toolConfig.retrievalConfig tools[0].googleSearch tools[1].codeExecution tools[1].functionDeclarations[0].behavior tools[1].functionDeclarations[0].response"},
    {"google: parts", retryscope::ProtocolKind::GoogleAi,
     R"({"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"audio/wav","data":""}},{"fileData":{"mimeType":"application/pdf","fileUri":"https://x/a.pdf"}},{"fileData":{"mimeType":"image/png","fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}},{"fileData":{"mimeType":"image/png","fileUri":"https://x/a.png"},"videoMetadata":{}}]},{"role":"model","parts":[{"text":"hm","thought":true},{"executableCode":{"code":"x"}},{"functionCall":{"name":"f","args":{},"partialArgs":[]}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{},"parts":[{"inlineData":{}}]}}]}],"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}}})",
     "contents[0].parts[0].inlineData.mimeType contents[0].parts[1].fileData.mimeType contents[0].parts[2].fileData.fileUri contents[0].parts[3].videoMetadata contents[1].parts[0].thought contents[1].parts[1].executableCode contents[1].parts[2].functionCall.partialArgs contents[2].parts[0].functionResponse.parts toolConfig.functionCallingConfig.mode"},
    {"mistral: fields", retryscope::ProtocolKind::Mistral,
     R"({"model":"m","messages":[{"role":"user","content":[{"type":"document_url","document_url":"u"}]},{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"x"}],"prefix":true}],"safe_prompt":true,"prompt_mode":"reasoning","guardrails":[]})",
     "guardrails messages[0].content[0].document_url messages[1].content[0].thinking messages[1].prefix prompt_mode safe_prompt"},
    {"compatible: fields", retryscope::ProtocolKind::OpenAiCompatible,
     R"({"model":"m","messages":[{"role":"user","content":"x"}],"top_k":5,"min_p":0.1,"repetition_penalty":1.1,"provider":{"order":[]}})",
     "min_p provider repetition_penalty"},
};
