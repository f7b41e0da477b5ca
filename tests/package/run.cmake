# SPDX-FileCopyrightText: 2026 Retryscope contributors
# SPDX-License-Identifier: Apache-2.0
# Installs the library into a new folder, then builds and runs the program of this folder against that and nothing else.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${code}:\n${out}")
  endif()
  set(output "${out}" PARENT_SCOPE)
endfunction()

# The guide shows this program: what stands there is what is tested.
file(READ ${SOURCE}/../../docs/guide.md guide)
foreach(name main.cpp CMakeLists.txt)
  file(READ ${SOURCE}/${name} text)
  string(REGEX REPLACE "^[^\n]*SPDX[^\n]*\n[^\n]*SPDX[^\n]*\n" "" text "${text}")
  string(REGEX REPLACE "\n([^\n])" "\n    \\1" text "    ${text}")
  string(FIND "${guide}" "${text}" at)
  if(at LESS 0)
    message(FATAL_ERROR "docs/guide.md does not show ${name} as it is in tests/package.")
  endif()
endforeach()

file(REMOVE_RECURSE ${WORK})
file(COPY ${SOURCE}/CMakeLists.txt ${SOURCE}/main.cpp DESTINATION ${WORK}/source)
run(${CMAKE_COMMAND} --install ${BUILD} --component development --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${WORK}/source -B ${WORK}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${CXX} "-DCMAKE_CXX_FLAGS=${FLAGS}"
  -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${CMAKE_COMMAND} -E env ${WORK}/build/hello)
if(NOT output MATCHES "anthropic after [2-9] attempts: [^\n]+")
  message(FATAL_ERROR "The program printed:\n${output}")
endif()
message(STATUS "${output}")

# The policies need none of it: no header of Qt is found here, and no library linked.
file(GLOB policies ${WORK}/prefix/lib*/libretryscope_policy.a ${WORK}/prefix/lib*/*/libretryscope_policy.a)
run(${CXX} -std=c++20 -I${WORK}/prefix/include/retryscope ${SOURCE}/policy.cpp ${policies} -o ${WORK}/policy)
run(${WORK}/policy)
if(NOT output MATCHES "asks first\nasks first\nasks second\n3 attempts: answered\n")
  message(FATAL_ERROR "The policies printed:\n${output}")
endif()
