# SPDX-License-Identifier: LGPL-2.1-or-later
# The program of a python step: loads a file, and calls a function of it for each request.
# Arguments: the file, the function, and what it is to return.
import array
import ast
import inspect
import json
import os
import sys
import traceback
import types

PATH, FUNCTION, RETURNS = sys.argv[1:4]
KINDS = {'bool': ('|b', 1)}
for size in (1, 2, 4, 8):
    KINDS['int%d' % (8 * size)] = ('i', size)
    KINDS['uint%d' % (8 * size)] = ('u', size)
for size in (2, 4, 8):
    KINDS['float%d' % (8 * size)] = ('f', size)
KINDS['complex64'], KINDS['complex128'] = ('c', 8), ('c', 16)
NAMES = {(kind[-1], size): name for name, (kind, size) in KINDS.items()}
NATIVE = '<' if sys.byteorder == 'little' else '>'


class Array:
    """Items of one type along axes: numpy.asarray() takes it, and so does memoryview() where Python is 3.12."""

    def __init__(self, dtype, shape, data):
        kind, size = KINDS[dtype]
        self.dtype, self.shape, self.data = dtype, tuple(shape), data
        typestr = '|b1' if dtype == 'bool' else ('|' if size == 1 else NATIVE) + kind + str(size)
        self.__array_interface__ = {'version': 3, 'shape': self.shape, 'typestr': typestr, 'data': data}

    def __buffer__(self, flags):
        return memoryview(self.data)

    def __bytes__(self):
        return bytes(self.data)

    def __len__(self):
        if not self.shape:
            raise TypeError('an array without axes has no len()')
        return self.shape[0]

    def __repr__(self):
        return '<array of %s %s>' % (self.dtype, list(self.shape))


class Refused(Exception):
    """What a function returned is not what it should, or it cannot be called."""


def name_of_format(form, size):
    """The type that struct and PEP 3118 write as form, and whether its bytes are swapped."""
    order = form[0] if form[:1] in '@=<>!|' else '@'
    code = form.lstrip('@=<>!|')
    if code == '?':
        kind = 'b'
    elif code in ('b', 'h', 'i', 'l', 'q', 'n'):
        kind = 'i'
    elif code in ('B', 'H', 'I', 'L', 'Q', 'N'):
        kind = 'u'
    elif code in ('e', 'f', 'd'):
        kind = 'f'
    elif code in ('Zf', 'Zd'):
        kind = 'c'
    else:
        raise Refused('items of format %r cannot be in an array' % form)
    return NAMES[kind, size], size > 1 and order in '<>!' and order.replace('!', '>') != NATIVE


def swap(name, data):
    """The items in the machine's byte order."""
    kind, size = KINDS[name]
    code = {2: 'H', 4: 'I', 8: 'Q'}[size // 2 if kind == 'c' else size]
    items = array.array(code, data)
    items.byteswap()
    return items.tobytes()


def array_of_buffer(view):
    name, swapped = name_of_format(view.format, view.itemsize)
    data = view.tobytes()
    return name, view.shape, swap(name, data) if swapped else data


def array_of_interface(about):
    """Of what has __array_interface__ and no buffer: https://numpy.org/doc/stable/reference/arrays.interface.html"""
    typestr, shape, data = about['typestr'], tuple(about['shape']), about.get('data')
    kind, size = typestr[1], int(typestr[2:])
    if (kind, size) not in NAMES:
        raise Refused('items of type %r cannot be in an array' % typestr)
    length = size
    for n in shape:
        length *= n
    if about.get('strides') is not None:
        step = size
        for n, stride in reversed(list(zip(shape, about['strides']))):
            if stride != step and n > 1:
                raise Refused('the array is not contiguous; return a copy of it')
            step *= n
    if isinstance(data, tuple):
        import ctypes
        data = ctypes.string_at(data[0], length) if length else b''
    else:
        offset = about.get('offset', 0)
        data = memoryview(data).cast('B')[offset:offset + length].tobytes()
    if len(data) != length:
        raise Refused('the array has fewer bytes than its shape tells')
    name = NAMES[kind, size]
    return name, shape, swap(name, data) if size > 1 and typestr[0] in '<>' and typestr[0] != NATIVE else data


def as_array(value):
    """Its type, shape and items, or None."""
    if isinstance(value, Array):
        return value.dtype, value.shape, bytes(value.data)
    if isinstance(value, (bool, int, float, complex)):
        code = {bool: 'b', int: 'q', float: 'd', complex: 'd'}[type(value)]
        parts = (value.real, value.imag) if isinstance(value, complex) else (value,)
        name = {bool: 'bool', int: 'int64', float: 'float64', complex: 'complex128'}[type(value)]
        return name, (), array.array(code, parts).tobytes()
    try:
        return array_of_buffer(memoryview(value))
    except TypeError:
        pass
    if hasattr(value, '__array_interface__'):
        return array_of_interface(value.__array_interface__)
    return as_array(value.__array__()) if hasattr(value, '__array__') else None


def plain(value):
    """Of what NumPy has: numbers and lists of Python."""
    if isinstance(value, (str, bool, int, float)):
        return value.item() if hasattr(value, 'item') else value
    if hasattr(value, 'tolist'):
        return value.tolist()
    raise Refused('it returned %s, which cannot be written as %s' % (type(value).__name__, RETURNS))


def convert(value):
    """The answer's kind, what its line has behind the length, and its bytes."""
    if value is None:
        raise Refused('it returned None')
    if RETURNS == 'json':
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=plain)
        return 'ok', '', (text + '\n').encode()
    if RETURNS == 'text':
        value = value if isinstance(value, str) else plain(value)
        if isinstance(value, (bool, int, float)):
            value = repr(value).lower()
        if not isinstance(value, str):
            raise Refused('it returned %s, wanted: str, or a number' % type(value).__name__)
        return 'ok', '', value.encode()
    if RETURNS == 'bytes' and isinstance(value, str):
        return 'ok', '', value.encode()
    if RETURNS == 'bytes' and isinstance(value, (bytes, bytearray)):
        return 'ok', '', value
    found = None if RETURNS == 'bytes' and isinstance(value, (int, float, complex)) else as_array(value)
    if found is None:
        wanted = 'bytes, str, or a buffer' if RETURNS == 'bytes' else 'an array, a buffer, or a number'
        raise Refused('it returned %s, wanted: %s' % (type(value).__name__, wanted))
    name, shape, data = found
    if RETURNS == 'bytes':
        return 'ok', '', data
    return 'array', ' %s [%s]' % (name, ','.join(str(n) for n in shape)), data


def find_function():
    """Compiled from its source each time, so that nothing is written beside it."""
    folder, file = os.path.split(PATH)
    sys.path.insert(0, folder)
    name = os.path.splitext(file)[0]
    module = types.ModuleType(name)
    module.__file__ = PATH
    sys.modules.setdefault(name, module)
    with open(PATH, 'rb') as f:
        exec(compile(f.read(), PATH, 'exec', dont_inherit=True), module.__dict__)
    function = module
    for part in FUNCTION.split('.'):
        if not hasattr(function, part):
            raise Refused("no '%s' in it" % FUNCTION)
        function = getattr(function, part)
    if not callable(function):
        raise Refused("'%s' is no function" % FUNCTION)
    return function


def arguments_of(function, attributes):
    """Those of the attributes that the function has parameters for, beside its first."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return {}
    first = next((p for p in parameters if p.kind != p.KEYWORD_ONLY), None)
    if first is None or first.kind == first.VAR_KEYWORD:
        raise Refused("'%s' takes no argument, and gets the element as its first" % FUNCTION)
    others = [p for p in parameters if p is not first]
    if any(p.kind == p.VAR_KEYWORD for p in others):
        return {name: value for name, value in attributes.items() if name != first.name}
    names = [p.name for p in others if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for p in others:
        if p.name in names and p.default is p.empty and p.name not in attributes:
            raise Refused("'%s' wants '%s', and the element has: %s" %
                          (FUNCTION, p.name, ', '.join(attributes) or 'no attributes'))
    return {name: attributes[name] for name in names if name in attributes}


def tell(error):
    """A sentence, and a traceback that begins in the user's file."""
    file = os.path.basename(PATH)
    if isinstance(error, Refused):
        return "'%s': %s" % (file, error)
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename == HOST:
        trace = trace.tb_next
    lines = [entry.lineno for entry in traceback.extract_tb(trace) if entry.filename == PATH]
    if isinstance(error, SyntaxError) and error.filename == PATH:
        lines = [error.lineno]
    try:
        said = str(error.msg if isinstance(error, SyntaxError) else error).strip().split('\n')[0]
    except Exception:  # its own __str__ fails, too: the traceback says so
        said = ''
    what = type(error).__name__ + (': ' + said if said else '')
    place = "'%s', line %d" % (file, lines[-1]) if lines else "'%s'" % file
    return '%s: %s\n%s' % (place, what, ''.join(traceback.format_exception(type(error), error, trace)))


def read(stream, length):
    data = bytearray(length)
    view = memoryview(data)
    done = 0
    while done < length:
        n = stream.readinto(view[done:])
        if not n:
            sys.exit(0)
        done += n
    return data


def take(stream):
    """The next request: its number, the element, and its attributes."""
    line = stream.readline()
    if not line.endswith(b'\n'):
        sys.exit(0)
    kind, number, length, rest = line.decode().split(' ', 3)
    if kind == 'bytes':
        return number, bytes(read(stream, int(length))), json.loads(rest)
    dtype, shape, rest = rest.split(' ', 2)
    return number, Array(dtype, ast.literal_eval(shape), read(stream, int(length))), json.loads(rest)


def answer(stream, kind, number, behind, data):
    stream.write(('%s %s %d%s\n' % (kind, number, len(data), behind)).encode())
    stream.write(data)
    stream.flush()


def main():
    """What the user's code reads and writes must not be taken for requests and answers."""
    requests, answers = os.fdopen(os.dup(0), 'rb'), os.fdopen(os.dup(1), 'wb')
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    sys.argv = [PATH]
    sys.path[:] = [folder for folder in sys.path if folder]
    function = None
    while True:
        number, element, attributes = take(requests)
        try:
            if function is None:
                function = find_function()
            result = convert(function(element, **arguments_of(function, attributes)))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            text = tell(error).encode('utf-8', 'replace')
            answer(answers, 'error', number, '', text if len(text) < 100000 else text[:1000] + text[-50000:])
            if function is None:  # another try may find what it needs
                sys.exit(1)
            continue
        answer(answers, result[0], number, result[1], result[2])


HOST = main.__code__.co_filename
main()
